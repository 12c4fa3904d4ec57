"""Training steps in torch + transformers + peft: the peer of `npm run bench -- training`. Asked through peer.py.

    train-open       model, kind ("sft" or "dpo"), trained ("ia3" or "weights"), texts, prompt_lengths, head ("every" or "answers"), reference?
                     -> parameters. Builds model, batch and optimiser; texts of a pair follow each other, the chosen one first.
    train-gradients  file -> loss; writes the gradients of the start, nothing moves
    train-steps      steps -> seconds, cpu_seconds (user and system, all threads)

One step: forward, loss, backward, clip_grad_norm_, AdamW, zero_grad. head "every" is the usual way: logits of all positions, as `labels=`
makes them for SFT and as TRL does for DPO. "answers" is kinder: the head reads the rows that have a loss and no others. Texts are padded on
the right, and attention is causal, so no attention mask is given: SDPA takes its fast path. Frozen weights have no gradients.
"""

import time

import torch
import torch.nn.functional as F
from peft import IA3Config, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaForCausalLM

BETA = 0.1


class Training:
    def open(self, request):
        model = LlamaForCausalLM.from_pretrained(request["model"], dtype=torch.float32, attn_implementation="sdpa")
        self.ia3 = request["trained"] == "ia3"
        if self.ia3:
            config = IA3Config(task_type="CAUSAL_LM", target_modules=["down_proj"], feedforward_modules=["down_proj"])
            model = get_peft_model(model, config)
        self.model = model.train()
        self.trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        decays = [p for p in self.trained if self.ia3 or p.dim() > 1]
        others = [p for p in self.trained if not (self.ia3 or p.dim() > 1)]
        groups = [{"params": decays, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW([group for group in groups if group["params"]], lr=1e-4)
        self.kind, self.every = request["kind"], request["head"] == "every"
        self.batch(request["texts"], request["prompt_lengths"])
        if self.kind == "dpo":
            self.reference = torch.tensor(request["reference"])
        return {"parameters": sum(parameter.numel() for parameter in self.trained)}

    def batch(self, texts, prompt_lengths):
        longest = max(map(len, texts))
        self.ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        self.labels = torch.full_like(self.ids, -100)
        for row, (text, start) in enumerate(zip(texts, prompt_lengths)):
            self.labels[row, start : len(text)] = self.ids[row, start : len(text)]
        self.answers = self.labels[:, 1:] != -100
        self.targets = self.labels[:, 1:][self.answers]
        self.lanes = self.answers.nonzero()[:, 0]

    def loss(self):
        if self.kind == "sft" and self.every:
            return self.model(input_ids=self.ids, labels=self.labels, use_cache=False).loss
        if self.kind == "sft":
            return F.cross_entropy(self.answer_logits(), self.targets)
        if self.every:
            logits = self.model(input_ids=self.ids, use_cache=False).logits[:, :-1]
            labels = self.labels[:, 1:].clamp(min=0)
            # TRL's selective_log_softmax in float32: no copy of log-probabilities
            logprobs = logits.gather(-1, labels[..., None])[..., 0] - torch.stack([row.logsumexp(-1) for row in logits])
            totals = (logprobs * self.answers).sum(-1)
        else:
            rows = -F.cross_entropy(self.answer_logits(), self.targets, reduction="none")
            totals = torch.zeros(len(self.ids)).index_add(0, self.lanes, rows)
        chosen, rejected = totals[0::2], totals[1::2]
        margins = BETA * ((chosen - rejected) - (self.reference[:, 0] - self.reference[:, 1]))
        return -F.logsigmoid(margins).mean()

    def answer_logits(self):
        llama = self.model.base_model.model if self.ia3 else self.model
        hidden = llama.model(input_ids=self.ids, use_cache=False).last_hidden_state
        return llama.lm_head(hidden[:, :-1][self.answers])

    def gradients(self, request):
        loss = self.loss()
        loss.backward()
        save_file(self.named_gradients(), request["file"])
        self.optimiser.zero_grad()
        return {"loss": loss.item()}

    def named_gradients(self):
        if not self.ia3:
            return {name: parameter.grad.contiguous() for name, parameter in self.model.named_parameters()}
        rows = [parameter.grad.flatten() for name, parameter in self.model.named_parameters() if "ia3_l" in name]
        return {"down_proj.input": torch.stack(rows)}

    def steps(self, request):
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(request["steps"]):
            self.loss().backward()
            torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
            self.optimiser.step()
            self.optimiser.zero_grad()
        return {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
