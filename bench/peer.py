"""The peer of `npm run bench`: the same tasks in torch + transformers + forward hooks, fp32, sdpa attention, on the CPU.

Reads one JSON object a line on stdin, answers one a line on stdout (logs go to stderr); ends at end of input.

    python peer.py --threads 2

Request {"task": …, …}, answer {"task", "seconds", …} or {"task", "error"}. Any request may set "peak": true; the answer then has
"peak_bytes", the high-water mark of the resident size during the task, and "start_bytes", the resident size before it (freed memory is
given back first, which costs the task page faults: take times without it). Times start when the models are ready; only "load" counts
loading. In the lists below ? marks what may be left out.

    info                -> versions, threads
    load                model -> layers, neurons. Tasks on two models load the second from the same place.
    unload              forgets every model
    capture             prompts (of one length), adapters?, keep_file? -> elements, square_sum
                        mlp.hook_post of every layer at every position, kept; no language-model head
    contrast            first, second, texts, batch, spans?, statistics?, scores_file? -> positions, square_sum
                        the reference way: all activations of two models kept in memory, then one reduction
    contrast-streaming  the same; one set of weights, sums per batch
    decode              prompts, new_tokens, adapters?, stop?, via? -> ids
                        via "loop" (default) or "generate"; they are equal within the noise, so compare with the faster of the two
    patch-two-models    first, second, mask, prompts, new_tokens, stop? -> ids
                        dynamic patching of every position; two sets of weights, two caches
    patch-one-batch     the same; one set of weights, both lanes in one batch of 2 B rows
    train-…             training_peer.py

prompts and texts are lists of token ids. adapters, first and second are lists of PEFT (IA)^3 folders or safetensors files on down_proj,
stacked in order; [] is the bare model. mask is [[layer, index], …]. spans are [from, to) per text, by default all of it. statistics also
computes means and variances under both models. scores_file gets "change_score" and keep_file "0", "1", … (one per layer), float32
safetensors written after the measured time. ids are generated tokens without the stop token.
"""

import argparse
import contextlib
import ctypes
import gc
import inspect
import json
import os
import sys
import time
import traceback

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import DynamicCache, LlamaForCausalLM


class Peer:
    def __init__(self):
        self.path = None
        self.models = []
        self.cache_argument = "past_key_values"
        self.training = None

    # Models and adapters

    def ensure(self, count):
        """`count` separate models: fewer are dropped, more are loaded."""
        if self.path is None:
            raise ValueError("load a model first")
        if len(self.models) > count:
            del self.models[count:]
            gc.collect()
        while len(self.models) < count:
            model = LlamaForCausalLM.from_pretrained(self.path, dtype=torch.float32, attn_implementation="sdpa").eval()
            if next(model.parameters()).dtype != torch.float32:
                model = model.float()
            model.requires_grad_(False)
            # transformers renamed the argument during version 5.
            parameters = inspect.signature(model.model.forward).parameters
            self.cache_argument = "cache" if "cache" in parameters else "past_key_values"
            self.models.append(model)
        return self.models

    def scales(self, adapters):
        """[L] vectors of the stacked adapters, or None for the bare model."""
        if not adapters:
            return None
        config = self.models[0].config
        scales = [torch.ones(config.intermediate_size) for _ in range(config.num_hidden_layers)]
        for path in adapters:
            file = os.path.join(path, "adapter_model.safetensors") if os.path.isdir(path) else path
            for name, value in load_file(file).items():
                if "mlp.down_proj" not in name:
                    raise ValueError(f"{file}: {name} is not on down_proj")
                layer = int(name.split(".layers.")[1].split(".")[0])
                scales[layer] = scales[layer] * value.float().flatten()
        return scales

    # Passes

    def decoder(self, model, ids, cache=None, attention_mask=None):
        """Hidden states of the last layer; the language-model head runs only where it is needed."""
        if cache is None:
            return model.model(input_ids=ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
        positions = None
        if attention_mask is not None:
            positions = (attention_mask.cumsum(-1) - 1).clamp_(min=0)[:, -ids.shape[1] :]
        arguments = {self.cache_argument: cache}
        out = model.model(input_ids=ids, attention_mask=attention_mask, position_ids=positions, use_cache=True, **arguments)
        return out.last_hidden_state

    def greedy(self, prompts, new_tokens, stop, step):
        """Greedy text of each row; `step(ids, attention_mask)` gives the next token of each."""
        ids, mask = left_padded(prompts)
        rows, done = [], torch.zeros(len(prompts), dtype=torch.bool)
        for _ in range(new_tokens):
            token = step(ids, mask)
            rows.append(token)
            if stop is not None:
                done |= token == stop
                if done.all():
                    break
            ids = token[:, None]
            if mask is not None:
                mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], dim=1)
        return [row[: row.index(stop)] if stop in row else row for row in torch.stack(rows, dim=1).tolist()]

    # Tasks

    def info(self, request):
        versions = {"torch": torch.__version__, "transformers": transformers.__version__, "python": sys.version.split()[0]}
        return {**versions, "threads": torch.get_num_threads()}

    def load(self, request):
        self.models, self.path = [], request["model"]
        start = time.perf_counter()
        config = self.ensure(1)[0].config
        return {"seconds": time.perf_counter() - start, "layers": config.num_hidden_layers, "neurons": config.intermediate_size}

    def unload(self, request):
        self.models = []
        gc.collect()
        return {}

    def train(self, request):
        if request["task"] == "train-open":
            from training_peer import Training

            self.training = Training()
            return self.training.open(request)
        return self.training.gradients(request) if request["task"] == "train-gradients" else self.training.steps(request)

    def capture(self, request):
        [model] = self.ensure(1)
        ids = torch.tensor(request["prompts"])
        kept = []
        with Hooks() as hooks:
            hooks.scale(model, self.scales(request.get("adapters")))
            hooks.neurons(model, lambda n: lambda module, args: kept.append(args[0]))
            start = time.perf_counter()
            self.decoder(model, ids)
            seconds = time.perf_counter() - start
        if request.get("keep_file"):
            save_file({str(n): t.contiguous() for n, t in enumerate(kept)}, request["keep_file"])
        square_sum = sum(t.double().square().sum().item() for t in kept)
        return {"seconds": seconds, "elements": sum(t.numel() for t in kept), "square_sum": square_sum}

    def contrast(self, request):
        models = self.ensure(2)
        config = models[0].config
        texts, spans = request["texts"], spans_of(request)
        total = sum(end - begin for begin, end in spans)
        scales = [self.scales(request.get(side)) for side in ("first", "second")]
        start = time.perf_counter()
        kept = [[torch.empty(total, config.intermediate_size) for _ in range(config.num_hidden_layers)] for _ in models]
        for model, scale, store in zip(models, scales, kept):
            at = 0
            with Hooks() as hooks:
                hooks.scale(model, scale)

                def keep(n, store=store):
                    def run(module, args):
                        row_at = at
                        for row, (begin, end) in enumerate(now):
                            store[n][row_at : row_at + end - begin] = args[0][row, begin:end]
                            row_at += end - begin

                    return run

                hooks.neurons(model, keep)
                for ids, now in batches(texts, spans, request["batch"]):
                    self.decoder(model, ids)
                    at += sum(end - begin for begin, end in now)
        if request.get("statistics"):
            for store in kept:
                for layer in store:
                    torch.var_mean(layer, dim=0, correction=0)
        # In place, layer by layer: no temporary of the size of the activations.
        scores = torch.stack([a.sub_(b).square_().mean(0).sqrt_() for a, b in zip(*kept)])
        seconds = time.perf_counter() - start
        return self.contrast_answer(request, seconds, scores, total)

    def contrast_streaming(self, request):
        [model] = self.ensure(1)
        config = model.config
        texts, spans = request["texts"], spans_of(request)
        total = sum(end - begin for begin, end in spans)
        scales = [self.scales(request.get(side)) for side in ("first", "second")]
        start = time.perf_counter()
        shape = (config.num_hidden_layers, config.intermediate_size)
        squares = torch.zeros(shape)
        sums = torch.zeros(4, *shape) if request.get("statistics") else None
        for ids, now in batches(texts, spans, request["batch"]):
            real = torch.zeros(ids.shape, dtype=torch.bool)
            for row, (begin, end) in enumerate(now):
                real[row, begin:end] = True
            real = None if real.all() else real
            pick = lambda x: x.flatten(0, 1) if real is None else x[real]  # noqa: B023, E731
            first = [None] * shape[0]

            def keep(n):
                def run(module, args):
                    first[n] = pick(args[0])

                return run

            def reduce(n):
                def run(module, args):
                    b = pick(args[0])
                    if sums is not None:
                        for place, x in ((0, first[n]), (2, b)):
                            sums[place, n] += x.sum(0)
                            sums[place + 1, n] += x.square().sum(0)
                    squares[n] += first[n].sub_(b).square_().sum(0)
                    first[n] = None

                return run

            for scale, hook in zip(scales, (keep, reduce)):
                with Hooks() as hooks:
                    hooks.scale(model, scale)
                    hooks.neurons(model, hook)
                    self.decoder(model, ids)
        scores = squares.div_(total).sqrt_()
        seconds = time.perf_counter() - start
        return self.contrast_answer(request, seconds, scores, total)

    def contrast_answer(self, request, seconds, scores, total):
        if request.get("scores_file"):
            save_file({"change_score": scores}, request["scores_file"])
        return {"seconds": seconds, "positions": total, "square_sum": scores.double().square().sum().item()}

    def decode(self, request):
        [model] = self.ensure(1)
        prompts, stop = request["prompts"], request.get("stop")
        with Hooks() as hooks:
            hooks.scale(model, self.scales(request.get("adapters")))
            if request.get("via") == "generate":
                ids, mask = left_padded(prompts)
                mask = torch.ones_like(ids) if mask is None else mask
                start = time.perf_counter()
                options = {"max_new_tokens": request["new_tokens"], "do_sample": False, "eos_token_id": stop, "pad_token_id": 0}
                out = model.generate(ids, attention_mask=mask, **options)
                seconds = time.perf_counter() - start
                rows = [row[: row.index(stop)] if stop in row else row for row in out[:, ids.shape[1] :].tolist()]
                return {"seconds": seconds, "ids": rows}
            start = time.perf_counter()
            cache = DynamicCache()

            def step(ids, mask):
                return model.lm_head(self.decoder(model, ids, cache, mask)[:, -1]).argmax(-1)

            rows = self.greedy(prompts, request["new_tokens"], stop, step)
            return {"seconds": time.perf_counter() - start, "ids": rows}

    def patch_two_models(self, request):
        recipient, donor = self.ensure(2)
        chosen = by_layer(request["mask"])
        with Hooks() as hooks:
            hooks.scale(recipient, self.scales(request.get("first")))
            hooks.scale(donor, self.scales(request.get("second")))
            donated = {}

            def take(n):
                def run(module, args):
                    donated[n] = args[0][..., chosen[n]]

                return run

            def replace(n):
                def run(module, args):
                    args[0][..., chosen[n]] = donated[n]

                return run

            hooks.neurons(donor, take, chosen)
            hooks.neurons(recipient, replace, chosen)
            start = time.perf_counter()
            own, others = DynamicCache(), DynamicCache()

            def step(ids, mask):
                self.decoder(donor, ids, others, mask)
                return recipient.lm_head(self.decoder(recipient, ids, own, mask)[:, -1]).argmax(-1)

            rows = self.greedy(request["prompts"], request["new_tokens"], request.get("stop"), step)
            return {"seconds": time.perf_counter() - start, "ids": rows}

    def patch_one_batch(self, request):
        [model] = self.ensure(1)
        chosen = by_layer(request["mask"])
        count = len(request["prompts"])
        first, second = (self.scales(request.get(side)) for side in ("first", "second"))
        with Hooks() as hooks:
            if first or second:
                one = [torch.ones(model.config.intermediate_size)] * model.config.num_hidden_layers
                pairs = zip(first or one, second or one)
                hooks.scale(model, [torch.stack([a] * count + [b] * count)[:, None, :] for a, b in pairs])

            def copy(n):
                def run(module, args):
                    args[0][:count, :, chosen[n]] = args[0][count:, :, chosen[n]]

                return run

            hooks.neurons(model, copy, chosen)
            start = time.perf_counter()
            cache = DynamicCache()

            def step(ids, mask):
                both = None if mask is None else torch.cat([mask, mask])
                hidden = self.decoder(model, torch.cat([ids, ids]), cache, both)
                return model.lm_head(hidden[:count, -1]).argmax(-1)

            rows = self.greedy(request["prompts"], request["new_tokens"], request.get("stop"), step)
            return {"seconds": time.perf_counter() - start, "ids": rows}


class Hooks:
    """Forward pre-hooks on down_proj, in the order they were asked for; gone at the end of the block."""

    def __init__(self):
        self.handles = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()

    def neurons(self, model, make, layers=None):
        for n, layer in enumerate(model.model.layers):
            if layers is None or n in layers:
                self.handles.append(layer.mlp.down_proj.register_forward_pre_hook(make(n)))

    def scale(self, model, scales):
        """(IA)^3 in place: the input of down_proj is a fresh product that nobody else reads."""
        if scales is not None:
            self.neurons(model, lambda n: lambda module, args: scale_in_place(args[0], scales[n]))


def scale_in_place(x, scale):
    x.mul_(scale)


def by_layer(mask):
    chosen = {}
    for layer, index in mask:
        chosen.setdefault(layer, []).append(index)
    return {layer: torch.tensor(sorted(indices)) for layer, indices in chosen.items()}


def left_padded(prompts):
    """(ids, attention mask); no mask where no row needs a pad, which lets attention take its faster path."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in prompts])
    if all(len(row) == longest for row in prompts):
        return ids, None
    return ids, torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in prompts])


def spans_of(request):
    return request.get("spans") or [[0, len(text)] for text in request["texts"]]


def batches(texts, spans, size):
    """Right-padded batches. Causal attention never looks right, so no attention mask is needed."""
    for at in range(0, len(texts), size):
        rows = texts[at : at + size]
        longest = max(map(len, rows))
        yield torch.tensor([row + [0] * (longest - len(row)) for row in rows]), spans[at : at + size]


# Memory of this process (Linux; elsewhere the peak is that of the whole process)


def status_bytes(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise ValueError(f"no {field} in /proc/self/status")


def reset_peak():
    """Give freed memory back and start the high-water mark anew; returns the resident size."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        pass
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
        return status_bytes("VmRSS")
    except OSError:
        return None


def read_peak():
    try:
        return status_bytes("VmHWM")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


WITH_TWO_MODELS = ("contrast", "patch-two-models")


def is_training(task):
    return task.startswith("train-")


def answer(peer, request):
    task = request["task"]
    handler = {
        "info": peer.info,
        "load": peer.load,
        "unload": peer.unload,
        "capture": peer.capture,
        "contrast": peer.contrast,
        "contrast-streaming": peer.contrast_streaming,
        "decode": peer.decode,
        "patch-two-models": peer.patch_two_models,
        "patch-one-batch": peer.patch_one_batch,
        "train-open": peer.train,
        "train-gradients": peer.train,
        "train-steps": peer.train,
    }.get(task)
    if handler is None:
        raise ValueError(f"no task {task!r}")
    if not request.get("peak"):
        return handler(request)
    if task not in ("info", "load", "unload") and not is_training(task):
        peer.ensure(2 if task in WITH_TWO_MODELS else 1)
    started = reset_peak()
    result = handler(request)
    return dict(result, peak_bytes=read_peak(), start_bytes=started)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.set_num_interop_threads(1)
    # Libraries print to stdout at will; only answers may.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    transformers.utils.logging.disable_progress_bar()
    peer = Peer()
    for line in sys.stdin:
        if not line.strip():
            continue
        request = {}
        try:
            request = json.loads(line)
            with contextlib.nullcontext() if is_training(request["task"]) else torch.inference_mode():
                result = answer(peer, request)
        except Exception as error:
            traceback.print_exc()
            result = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps({"task": request.get("task") if isinstance(request, dict) else None, **result}) + "\n")
        answers.flush()


main()
