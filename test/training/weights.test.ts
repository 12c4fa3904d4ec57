import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { NotFoundError, OptionError, ShapeError } from "../../src/errors.js";
import { trainDpo } from "../../src/training/dpo.js";
import { trainSft } from "../../src/training/sft.js";
import { onlyNeurons, withoutNeurons } from "../../src/training/update-mask.js";
import type { WeightTrainingOptions } from "../../src/training/what-is-trained.js";
import { writeCheckpoint } from "../../src/weights/checkpoint-write.js";
import { readFloat32 } from "../../src/weights/safetensors.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const ANSWER = [7, 3];
const toy = randomPrompts(1, 96, 2, 5).map((prompt) => ({ prompt, answer: ANSWER }));
const options: WeightTrainingOptions = { parameters: "weights", learningRate: 3e-3, batch: 16, epochs: 4 };

test("weights learn a toy, and the checkpoint written from them answers so", async () => {
  const model = await loadTiny(engine, "gqa");
  const { weights, losses } = await trainSft(model, toy, { ...options, epochs: 8 });
  assert.is(weights.size, model.checkpoint.tensors.size);
  assert.ok(losses.at(-1)! < 0.1 * losses[0]!, `from ${losses[0]} to ${losses.at(-1)}`);
  const folder = tempFolder();
  writeCheckpoint(folder, model.checkpoint, weights);
  const trained = await loadModel(folder, { engine });
  const rows = await generate(trained, randomPrompts(2, 8, 2, 5), { newTokens: 2, stopTokens: [] });
  assert.ok(rows.filter(({ ids }) => [...ids].join() === ANSWER.join()).length >= 7);
});

test("biases, an untied head and adapters below train as well; the first loss is that of (IA)^3 training", async () => {
  for (const model of [await loadTiny(engine, "bias"), await loadTiny(engine, "gqa", "ia3-kv")]) {
    const { weights, losses } = await trainSft(model, toy, { ...options, steps: 6 });
    const same = await trainSft(model, toy, { batch: 16, steps: 1 });
    assert.ok(Math.abs(losses[0]! - same.losses[0]!) < 1e-5);
    assert.ok(losses[5]! < losses[0]!);
    for (const [name, values] of weights)
      assert.ok(
        values.some((value, i) => value !== readFloat32(model.checkpoint.tensors.get(name)!)[i]),
        name,
      );
  }
});

test("DPO of weights lowers its loss from ln 2", async () => {
  const pairs = toy.map(({ prompt, answer }) => ({ prompt, chosen: answer, rejected: [11, 12] }));
  const { losses, history } = await trainDpo(await loadTiny(engine, "gqa"), pairs, { ...options, learningRate: 1e-4 });
  assert.ok(Math.abs(losses[0]! - Math.LN2) < 1e-5);
  assert.ok(losses.at(-1)! < 0.9 * losses[0]!);
  assert.is(history.at(-1)!.accuracy, 1);
});

test("only the weights that are asked for are trained", async () => {
  const { weights } = await trainSft(await loadTiny(engine, "gqa"), toy, {
    ...options,
    steps: 1,
    only: (name) => name.includes("down_proj"),
  });
  assert.equal([...weights.keys()], ["model.layers.0.mlp.down_proj.weight", "model.layers.1.mlp.down_proj.weight"]);
  await trainSft(await loadTiny(engine, "gqa"), toy, { ...options, only: () => false }).then(
    () => assert.unreachable("accepted"),
    (error: Error) => assert.instance(error, OptionError),
  );
});

/** Rows of gate and up, columns of down, of one layer. */
function owner(name: string, at: number, hidden: number, neurons: number): [number, number] | undefined {
  const [, layer, module, kind] = /layers\.(\d)\.mlp\.(\w+)_proj\.(weight|bias)/.exec(name) ?? [];
  if (layer === undefined) return undefined;
  if (module === "down") return kind === "weight" ? [Number(layer), at % neurons] : undefined;
  return [Number(layer), kind === "weight" ? Math.floor(at / hidden) : at];
}

test("a mask freezes rows and columns of neurons bit by bit, under weight decay and momentum", async () => {
  const model = await loadTiny(engine, "bias");
  const { hidden, neurons } = model.config;
  const chosen = [
    [0, 2],
    [1, 30],
  ] as const;
  for (const [mask, moves] of [
    [onlyNeurons(chosen), (owned: boolean) => owned],
    [withoutNeurons(chosen), (owned: boolean) => !owned],
  ] as const) {
    const { weights } = await trainSft(model, toy, { ...options, steps: 3, weightDecay: 0.5, mask });
    for (const [name, values] of weights) {
      const before = readFloat32(model.checkpoint.tensors.get(name)!);
      let moved = 0;
      values.forEach((value, at) => {
        const [layer, index] = owner(name, at, hidden, neurons) ?? [];
        const owned = chosen.some(([l, i]) => l === layer && i === index);
        if (!moves(owned)) assert.is(value, before[at], `${name}[${at}]`);
        else if (value !== before[at]) moved++;
      });
      if (/mlp\.(gate|up|down)_proj\.weight/.test(name)) assert.ok(moved > 0, name);
    }
  }
});

test("stopped and resumed, weights are the same bytes", async () => {
  const model = await loadTiny(engine, "gqa");
  const whole = await trainSft(model, toy, { ...options, epochs: 1 });
  const stop = new AbortController();
  const checkpoint = { folder: tempFolder(), every: 2 };
  const run = (signal?: AbortSignal) =>
    trainSft(model, toy, {
      ...options,
      epochs: 1,
      checkpoint,
      signal,
      onProgress: ({ done }) => done === 3 && stop.abort(new Error("killed")),
    });
  await run(stop.signal).then(
    () => assert.unreachable("finished"),
    (error: Error) => assert.is(error.message, "killed"),
  );
  assert.equal((await run()).weights, whole.weights);
});

test("weights that the checkpoint does not have, or of another size, are not written", async () => {
  const { checkpoint } = await loadTiny(engine, "gqa");
  assert.throws(
    () => writeCheckpoint(tempFolder(), checkpoint, new Map([["nothing", new Float32Array(1)]])),
    (error: unknown) => error instanceof NotFoundError,
  );
  assert.throws(
    () => writeCheckpoint(tempFolder(), checkpoint, new Map([["model.norm.weight", new Float32Array(1)]])),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.after(() => engine.dispose());
test.run();
