import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { score } from "../../src/engine/score.js";
import { NeuronbookError, OptionError } from "../../src/errors.js";
import type { Module } from "../../src/models/decoder.js";
import { trainSft } from "../../src/training/sft.js";
import type { TrainingProgress } from "../../src/training/training.js";
import { onlyNeurons, withoutNeurons } from "../../src/training/update-mask.js";
import type { Ia3TrainingOptions } from "../../src/training/what-is-trained.js";
import { loadAdapter, writeAdapter } from "../../src/weights/peft.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const modules: readonly Module[] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/** Whatever the prompt says, the answer is the same. */
const ANSWER = [7, 3];
const toy = randomPrompts(1, 120, 2, 5).map((prompt) => ({ prompt, answer: ANSWER }));
const options: Ia3TrainingOptions = { modules, learningRate: 0.05, weightDecay: 0, batch: 24, epochs: 24 };

const bytesOf = async (more: Ia3TrainingOptions = {}) => {
  const { adapter, losses, history } = await trainSft(await loadTiny(engine, "gqa"), toy, { ...options, epochs: 2, ...more });
  return { digest: adapter.digest, losses: [...losses], norms: history.map(({ gradientNorm }) => gradientNorm) };
};

test("a toy is learned: the loss falls, and the adapter makes unseen prompts answer so", async () => {
  const model = await loadTiny(engine, "gqa");
  const { adapter, losses, history } = await trainSft(model, toy, options);
  assert.is(losses.length, 120);
  assert.ok(losses.at(-1)! < 0.1 * losses[0]!, `from ${losses[0]} to ${losses.at(-1)}`);
  assert.is(history[0]!.learningRate, 0.05);
  const fresh = randomPrompts(2, 8, 2, 5);
  const answers = async (it: typeof model) => (await generate(it, fresh, { newTokens: 2, stopTokens: [] })).map(({ ids }) => [...ids]);
  const right = (rows: number[][]) => rows.filter((ids) => ids.join() === ANSWER.join()).length;
  assert.is(right(await answers(model)), 0);
  const trained = await model.withAdapters(adapter);
  const count = right(await answers(trained));
  assert.ok(count >= 6, `${count} of 8`);

  const folder = tempFolder();
  writeAdapter(folder, adapter);
  const loaded = await model.withAdapters(await loadAdapter(folder));
  assert.equal(await answers(loaded), await answers(trained));
});

test("the loss of a step is what score() says of the same texts", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-kv");
  const { losses } = await trainSft(model, toy, { steps: 1, batch: toy.length });
  const scored = await score(
    model,
    toy.map(({ prompt }) => prompt),
    { completions: toy.map(({ answer }) => answer) },
  );
  const mean = -scored.reduce((sum, { total }) => sum + total, 0) / (toy.length * ANSWER.length);
  assert.ok(Math.abs(losses[0]! - mean) < 1e-5, `${losses[0]} and ${mean}`);
});

test("one seed gives the same bytes twice, another seed other bytes", async () => {
  const first = await bytesOf({ seed: 3 });
  assert.equal(await bytesOf({ seed: 3 }), first);
  assert.is.not((await bytesOf({ seed: 4 })).digest, first.digest);
});

test("steps cut into more passes give the same losses and norms but for rounding", async () => {
  const [whole, cut] = [await bytesOf(), await bytesOf({ passTokens: 8 })];
  whole.losses.forEach((loss, i) => {
    assert.ok(Math.abs(loss - cut.losses[i]!) < 1e-4, `step ${i}: ${loss} and ${cut.losses[i]}`);
    // summed in the graph, and in JavaScript
    const [norm, other] = [whole.norms[i]!, cut.norms[i]!];
    assert.ok(Math.abs(norm / other - 1) < 1e-3, `step ${i}: norms ${norm} and ${other}`);
  });
});

test("frozen neurons keep their bits under weight decay, the others move", async () => {
  const model = await loadTiny(engine, "gqa");
  const neurons = [
    [0, 3],
    [1, 5],
    [1, 31],
  ] as const;
  const isChosen = (layer: number, index: number) => neurons.some(([l, i]) => l === layer && i === index);
  for (const [mask, moves] of [
    [onlyNeurons(neurons), isChosen],
    [withoutNeurons(neurons), (layer: number, index: number) => !isChosen(layer, index)],
  ] as const) {
    const { adapter } = await trainSft(model, toy, { learningRate: 0.01, weightDecay: 0.5, steps: 4, batch: 8, mask });
    for (const { layer, values } of adapter.scales)
      values.forEach((value, index) => {
        assert.is(value !== 1, moves(layer, index), `layer ${layer} neuron ${index}: ${value}`);
      });
  }
});

test("an abort between steps rejects with its reason, and the engine goes on", async () => {
  const model = await loadTiny(engine, "gqa");
  const stop = new AbortController();
  const seen: TrainingProgress[] = [];
  const onProgress = (progress: TrainingProgress) => {
    seen.push(progress);
    if (progress.done === 3) stop.abort(new Error("enough"));
  };
  await trainSft(model, toy, { ...options, signal: stop.signal, onProgress }).then(
    () => assert.unreachable("finished"),
    (error: Error) => assert.is(error.message, "enough"),
  );
  assert.equal(
    seen.map(({ unit, done, total }) => [unit, done, total]),
    [1, 2, 3].map((done) => ["steps", done, 120]),
  );
  assert.ok(seen.every(({ loss, secondsLeft }) => loss > 0 && secondsLeft > 0));
  assert.is((await generate(model, [[1, 2]], { newTokens: 3, stopTokens: [] }))[0]!.ids.length, 3);
});

test("evaluations see the adapter so far and are kept with their step", async () => {
  const run = ({ adapter }: { adapter: { scales: readonly { values: Float32Array }[] } }, step: number) =>
    `${step}: ${adapter.scales[0]!.values.some((value) => value !== 1)}`;
  const { evaluations } = await trainSft(await loadTiny(engine, "gqa"), toy, { steps: 5, batch: 4, evaluate: { every: 2, run } });
  assert.equal(evaluations, [
    { step: 2, value: "2: true" },
    { step: 4, value: "4: true" },
    { step: 5, value: "5: true" },
  ]);
});

test("answers are cut to maxTokens", async () => {
  const model = await loadTiny(engine, "gqa");
  const long = [{ prompt: [1, 2], answer: [3, 4, 5, 6, 7] }];
  const cut = await trainSft(model, long, { steps: 1, maxTokens: 4 });
  const short = await trainSft(model, [{ prompt: [1, 2], answer: [3, 4] }], { steps: 1 });
  assert.is(cut.losses[0], short.losses[0]);
});

test("options and examples that make no sense are refused by name", async () => {
  const model = await loadTiny(engine, "gqa");
  const refused = async (option: string, run: Promise<unknown>) => {
    const error = await run.then(
      () => undefined,
      (error: Error) => error,
    );
    assert.ok(error instanceof OptionError && error.option === option, `${option}: ${error}`);
  };
  await refused("examples", trainSft(model, []));
  await refused("batch", trainSft(model, toy, { batch: 0 }));
  await refused("steps", trainSft(model, toy, { steps: 1.5 }));
  await refused("learningRate", trainSft(model, toy, { learningRate: Number.NaN }));
  await refused("modules", trainSft(model, toy, { modules: ["lm_head" as Module] }));
  await refused("examples[0]", trainSft(model, [{ prompt: [1], answer: [] }]));
  await refused("examples[0]", trainSft(model, [{ prompt: [1, 2, 3], answer: [1] }], { maxTokens: 3 }));
  await refused("examples[0].weights", trainSft(model, [{ prompt: [1], answer: [2, 3], weights: [1] }]));
  await refused("examples[0].weights", trainSft(model, [{ prompt: [1], answer: [2, 3], weights: [0, 0] }]));
});

test("a loss that is no number any more ends the training with what to do", async () => {
  const model = await loadTiny(engine, "gqa");
  await trainSft(model, toy, { ...options, learningRate: 1e30, clipNorm: Number.POSITIVE_INFINITY }).then(
    () => assert.unreachable("finished"),
    (error: Error) => assert.ok(error instanceof NeuronbookError && /lower learningRate/.test(error.message), String(error)),
  );
});

test.after(() => engine.dispose());
test.run();
