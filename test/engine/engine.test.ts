import os from "node:os";
import type { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import type { Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { DisposedError, EngineError, OptionError } from "../../src/errors.js";
import * as ops from "../../src/graph/index.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { custom, patch, scale } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(41, 8, 3, 9);
const settings = { newTokens: 12, stopTokens: [] };

async function pair(on = engine): Promise<{ first: Model; second: Model }> {
  return { first: await loadTiny(on, "gqa", "ia3-a"), second: await loadTiny(on, "gqa", "ia3-a", "ia3-b") };
}

async function failure(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => assert.unreachable("it did not fail"),
    (error: unknown) => error,
  );
}

const workerOf = (of: Engine) => (of as unknown as { worker: Worker | undefined }).worker;

test("the caller's event loop ticks while the engine works", async () => {
  const { first } = await pair();
  let running = true;
  let ticks = 0;
  const tick = () => {
    ticks++;
    if (running) setImmediate(tick);
  };
  await generate(first, [prompts[0]!], { newTokens: 2 });
  setImmediate(tick);
  let within = 0;
  // one pass over long texts: a single call to the worker
  await score(first, randomPrompts(42, 8, 250, 256), { batch: 8 }).then(() => {
    within = ticks;
  });
  running = false;
  assert.ok(within > 100, `${within} ticks`);
});

test("an aborted generation rejects with the signal's reason and leaves the engine usable", async () => {
  const { first, second } = await pair();
  const options = { ...settings, newTokens: 100, interventions: [patch("mlp.hook_post", second)] };
  const before = await generate(first, prompts, options);
  const many = Array.from({ length: 10 }, () => prompts).flat();
  const stop = new AbortController();
  const reason = new Error("enough");
  let tokens = 0;
  const onToken = () => {
    if (++tokens === 5) stop.abort(reason);
  };
  assert.is(await failure(() => generate(first, many, { ...options, batch: 2, signal: stop.signal, onToken })), reason);
  assert.ok(tokens < many.length * 100);
  assert.equal(await generate(first, prompts, options), before);
});

test("a signal that was aborted before lets nothing run; one that is not aborted changes nothing", async () => {
  const { first, second } = await pair();
  const reason = new Error("never");
  const signal = AbortSignal.abort(reason);
  for (const call of [
    () => generate(first, prompts, { ...settings, signal }),
    () => score(first, prompts, { signal }),
    () => contrast(first, second, prompts, { newTokens: 3, signal }),
    () => capture(first, prompts, { sites: "logits", signal }),
  ])
    assert.is(await failure(call), reason);
  const { signal: idle } = new AbortController();
  assert.equal(await generate(first, prompts, { ...settings, signal: idle }), await generate(first, prompts, settings));
});

test("an abort without a reason is an AbortError", async () => {
  const { first } = await pair();
  const stop = new AbortController();
  const error = await failure(() =>
    generate(first, prompts, { ...settings, newTokens: 200, batch: 1, signal: stop.signal, onToken: () => stop.abort() }),
  );
  assert.is((error as Error).name, "AbortError");
});

test("neuron sets, values, positions and lanes share a session", async () => {
  const fresh = new Engine({ threads: 2, provider: "cpu" });
  const { first, second } = await pair(fresh);
  const { layers, neurons } = first.config;
  const set = (...list: [number, number][]) => NeuronSet.of({ model: first.name, layers, neurons }, list);
  await generate(first, prompts, settings);
  assert.is(fresh.sessionCount, 1);
  await generate(second, prompts, settings);
  await generate(first, prompts, { ...settings, interventions: [patch(set([0, 1]), second)] });
  await generate(first, prompts, { ...settings, interventions: [patch(set([1, 5], [0, 2]), second, { positions: "prompt" })] });
  await generate(first, prompts, { ...settings, temperature: 1 });
  await score(first, prompts, { interventions: [patch(set([1, 3]), second, { positions: "generated" })] });
  await score(second, prompts, { logits: "all" });
  assert.is(fresh.sessionCount, 1);
  for (const layer of [0, 1])
    await generate(first, prompts, { ...settings, interventions: [scale({ site: "resid_mid", layers: [layer] }, 1 + layer)] });
  assert.is(fresh.sessionCount, 2);
  await contrast(first, second, prompts, { newTokens: 3 });
  await contrast(first, second, prompts, { newTokens: 5, positions: "prompt", textOf: "second" });
  assert.is(fresh.sessionCount, 3);
  await fresh.dispose();
});

test("calls at the same time do not disturb one another", async () => {
  const { first, second } = await pair();
  const alone = [await generate(first, prompts, settings), await generate(second, prompts, settings)];
  const scored = await score(first, prompts);
  const together = await Promise.all([generate(first, prompts, settings), generate(second, prompts, settings), score(first, prompts)]);
  assert.equal(together, [...alone, scored]);
});

test("sessions that do not fit the memory are released, least recently used first, and made again", async () => {
  const small = new Engine({ threads: 2, provider: "cpu", memory: 2 ** 20 });
  const { first } = await pair(small);
  const sites = ["hook_embed", "resid_pre", "resid_mid", "resid_post", "mlp.hook_pre", "mlp.hook_post", "hook_mlp_out", "logits"];
  const captured = [];
  for (const site of [...sites, sites[0]!])
    captured.push((await capture(first, prompts, { sites: site })).sites.values().next().value!.data);
  assert.ok(small.sessionCount < sites.length, `${small.sessionCount} sessions`);
  assert.equal(captured.at(-1), captured[0]);
  await small.dispose();
});

test("an error of the runtime is an EngineError and the next call works", async () => {
  const { first } = await pair();
  const before = await generate(first, prompts, settings);
  const beyond = custom("hook_embed", (x) => ops.add(x, ops.unsqueeze(ops.gather(x, ops.integers(1e6), 2), [2])));
  const error = await failure(() => generate(first, prompts, { ...settings, interventions: [beyond] }));
  assert.instance(error, EngineError);
  assert.ok((error as Error).cause instanceof Error);
  assert.equal(await generate(first, prompts, settings), before);
});

test("an error of the caller's own functions reaches him and the next call works", async () => {
  const { first } = await pair();
  const before = await generate(first, prompts, settings);
  const mine = new Error("mine");
  const fails = () => {
    throw mine;
  };
  assert.is(await failure(() => generate(first, prompts, { ...settings, interventions: [custom("hook_embed", fails)] })), mine);
  assert.is(await failure(() => score(first, prompts, { onProgress: fails })), mine);
  assert.is(await failure(() => generate(first, prompts, { ...settings, onToken: fails })), mine);
  assert.equal(await generate(first, prompts, settings), before);
});

test("a worker that dies is an EngineError for those who wait, and the next call starts a new one", async () => {
  const mortal = new Engine({ threads: 2, provider: "cpu" });
  const { first } = await pair(mortal);
  const before = await generate(first, prompts, settings);
  // a message that is none kills the worker before it reads the next one; ending it from outside could hit native code
  workerOf(mortal)!.postMessage(null);
  const error = await failure(() => generate(first, prompts, settings));
  assert.instance(error, EngineError);
  assert.match((error as Error).message, /worker failed: .+; the next call starts a new one/);
  assert.equal(await generate(first, prompts, settings), before);
  await mortal.dispose();
});

test("a disposed engine refuses calls, and those that wait fail", async () => {
  const brief = new Engine({ threads: 2, provider: "cpu" });
  const { first } = await pair(brief);
  await generate(first, prompts, settings);
  const waiting = failure(() => generate(first, prompts, { ...settings, newTokens: 200, batch: 1 }));
  await new Promise(setImmediate);
  await brief.dispose();
  assert.instance(await waiting, DisposedError);
  assert.instance(await failure(() => generate(first, prompts, settings)), DisposedError);
  await brief.dispose();
});

test("`await using` disposes", async () => {
  let kept: Model | undefined;
  {
    await using scoped = new Engine({ threads: 2, provider: "cpu" });
    kept = (await pair(scoped)).first;
    assert.is((await score(kept, [[1, 2]])).length, 1);
  }
  assert.instance(await failure(() => score(kept, [[1, 2]])), DisposedError);
});

test("threads are as many as NEURONBOOK_THREADS says, where the caller does not", () => {
  const before = process.env.NEURONBOOK_THREADS;
  try {
    process.env.NEURONBOOK_THREADS = "3";
    assert.equal([new Engine().threads, new Engine({ threads: 2 }).threads], [3, 2]);
    process.env.NEURONBOOK_THREADS = "";
    assert.is(new Engine().threads, os.availableParallelism());
    for (const wrong of ["0", "two", "1.5", "-1"]) {
      process.env.NEURONBOOK_THREADS = wrong;
      assert.throws(
        () => new Engine(),
        (error: unknown) => error instanceof OptionError && error.message.includes("NEURONBOOK_THREADS"),
      );
    }
  } finally {
    if (before === undefined) delete process.env.NEURONBOOK_THREADS;
    else process.env.NEURONBOOK_THREADS = before;
  }
});

test("options of the engine are checked", () => {
  for (const options of [{ threads: 0 }, { threads: 1.5 }, { memory: 5 }, { memory: Number.NaN }, { provider: "tpu" as "cpu" }])
    assert.throws(
      () => new Engine(options),
      (error: unknown) => error instanceof OptionError,
    );
});

test("the processor always works; auto finds a provider", async () => {
  assert.equal(await engine.probe("cpu"), { provider: "cpu", works: true });
  const auto = new Engine({ threads: 2 });
  const chosen = await auto.resolveProvider();
  assert.ok((await auto.probe(chosen)).works);
  await auto.dispose();
});

test.after(() => engine.dispose());
test.run();
