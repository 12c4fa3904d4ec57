import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import type { Module } from "../../src/models/decoder.js";
import { trainDpo } from "../../src/training/dpo.js";
import { encodeSft } from "../../src/training/examples.js";
import { ia3Scales } from "../../src/training/ia3-scales.js";
import { loraMatrices } from "../../src/training/lora-matrices.js";
import { trainSft } from "../../src/training/sft.js";
import { sftObjective } from "../../src/training/sft-objective.js";
import { stepGradients, trainingSession } from "../../src/training/step-gradients.js";
import type { TrainingProgress } from "../../src/training/training.js";
import { onlyNeurons, withoutNeurons } from "../../src/training/update-mask.js";
import type { LoraTraining, LoraTrainingOptions } from "../../src/training/what-is-trained.js";
import { type LoraAdapter, loadAdapter, writeAdapter } from "../../src/weights/peft.js";
import { expectedValues, near, nearRelative, readJson } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

interface Expected {
  readonly prompts: number[][];
  readonly training: { readonly answers: number[][]; readonly losses: Record<string, number> };
}

const engine = new Engine({ threads: 1, provider: "cpu" });
const { prompts, training } = readJson<Expected>("lora", "expected.json");
const values = expectedValues("lora");
const folderOf = (name: string) => fixture(name.startsWith("ia3") ? "tiny" : "lora", name);
const stacked = (...names: string[]): Promise<Model> => loadModel(fixture("tiny", "gqa"), { engine, adapters: names.map(folderOf) });

for (const [name, loss] of Object.entries(training.losses))
  test(`${name}: loss and gradients are those of torch and peft`, async () => {
    const [kind, below] = name.split(" on ") as ["lora" | "ia3", string | undefined];
    const model = await stacked(...(below?.split("+") ?? []));
    const examples = prompts.map((prompt, i) => ({ prompt, answer: training.answers[i]! }));
    const objective = sftObjective(await encodeSft(model, examples, { stopToken: null }));
    const trainable =
      kind === "lora"
        ? loraMatrices(model, { rank: 4, alpha: 8, modules: ["q_proj", "v_proj", "gate_proj", "down_proj"] })
        : ia3Scales(model, ["k_proj", "v_proj", "down_proj"]);
    const torch = (what: string, parameter: { name: string }) => torchValues(`${name}/${what}/`, parameter.name);
    const { parameters } = trainable;
    const start = parameters.map((parameter) => torch("value", parameter));
    for (const passes of [[[0, 1, 2]], [[2], [0, 1]]]) {
      const { numbers, sums } = await engine.withSession(trainingSession(model, trainable, objective), (session) =>
        stepGradients({ model, session, trainable, objective, passes, values: start }),
      );
      nearRelative([numbers.loss], [loss], 1e-5, "loss");
      for (const [i, parameter] of parameters.entries()) nearRelative(sums[i]!, torch("gradient", parameter), 1e-5, parameter.name);
    }
  });

/** A matrix by PEFT's name, or the scales of a module in all layers. */
function torchValues(prefix: string, name: string): Float32Array {
  const whole = values.get(`${prefix}${name}`);
  if (whole) return whole.data;
  const keys = [...values.keys()].filter((key) => key.startsWith(prefix) && key.endsWith(`.${name.split(".")[0]}.ia3_l`)).sort();
  assert.is(keys.length, 2, name);
  return Float32Array.from(keys.flatMap((key) => [...values.get(key)!.data]));
}

/** Whatever the prompt says, the answer is the same. */
const ANSWER = [7, 3];
const toy = randomPrompts(1, 120, 2, 5).map((prompt) => ({ prompt, answer: ANSWER }));
const pairs = toy.slice(0, 20).map(({ prompt }) => ({ prompt, chosen: ANSWER, rejected: [9, 9, 9] }));
const all: readonly Module[] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
const options: LoraTrainingOptions = { parameters: "lora", learningRate: 0.01, batch: 24, epochs: 12 };

test("a toy is learned, written, read and gives what was trained, alone and on other adapters", async () => {
  for (const model of [await stacked(), await stacked("ia3-kv", "plain")]) {
    const { adapter, losses } = await trainSft(model, toy, { ...options, modules: all });
    assert.ok(losses.at(-1)! < 0.1 * losses[0]!, `from ${losses[0]} to ${losses.at(-1)}`);
    const trained = await model.withAdapters(adapter);
    const fresh = randomPrompts(2, 8, 2, 5);
    const rows = await generate(trained, fresh, { newTokens: 2, stopTokens: [] });
    assert.ok(rows.filter(({ ids }) => ids.join() === ANSWER.join()).length >= 6);
    const folder = tempFolder();
    writeAdapter(folder, adapter);
    const again = await model.withAdapters(await loadAdapter(folder));
    const [a, b] = await Promise.all([trained, again].map((it) => score(it, fresh, { logits: "prompt-last" })));
    for (const [i, row] of a!.entries()) assert.equal(row.logits!.data, b![i]!.logits!.data);
    // the loss of the next step is what score() says of the trained stack
    const { losses: next } = await trainSft(trained, toy, { ...options, epochs: 1, batch: toy.length });
    const scored = await score(
      trained,
      toy.map(({ prompt }) => prompt),
      { completions: toy.map(({ answer }) => answer) },
    );
    near([next[0]!], [-scored.reduce((sum, { total }) => sum + total, 0) / (toy.length * ANSWER.length)], 1e-5, "loss");
  }
});

test("training begins at the model as it is, with PEFT's default modules, rank and bounds", async () => {
  const model = await stacked("ia3-a");
  const { adapter, losses, origin } = await trainSft(model, toy, { parameters: "lora", steps: 1, batch: toy.length });
  const scored = await score(
    model,
    toy.map(({ prompt }) => prompt),
    { completions: toy.map(({ answer }) => answer) },
  );
  near([losses[0]!], [-scored.reduce((sum, { total }) => sum + total, 0) / (toy.length * ANSWER.length)], 1e-5, "loss");
  assert.equal([...new Set(adapter.updates.map(({ module }) => module))], ["q_proj", "v_proj"]);
  assert.is((origin.options as { learningRate: number }).learningRate, 2e-4);
  const initial = loraMatrices(model).parameters.map((parameter) => ({ ...parameter, values: parameter.initial() }));
  for (const { matrix, values: start, name } of initial)
    if (matrix === "lora_B") assert.ok(start.every((x) => x === 0));
    else {
      assert.ok(start.every((x) => Math.abs(x) <= 1 / 8) && start.some((x) => Math.abs(x) > 0.9 / 8), name);
      const mean = start.reduce((sum, x) => sum + x, 0) / start.length;
      assert.ok(Math.abs(mean) < 0.02, `${name}: mean ${mean}`);
    }
  for (const { rank, scaling } of adapter.updates) assert.equal([rank, scaling], [8, 1]);
});

test("a matrix starts from seed and place alone, whatever else is trained", async () => {
  const model = await stacked();
  const start = (modules: readonly Module[], seed: number) =>
    new Map(loraMatrices(model, { modules, seed }).parameters.map((it) => [it.name, [...it.initial()]]));
  const [few, many, other] = [start(["v_proj"], 1), start(all, 1), start(["v_proj"], 2)];
  for (const [name, value] of few) assert.equal(many.get(name), value);
  const a = "model.layers.1.self_attn.v_proj.lora_A.weight";
  assert.not.equal(other.get(a), few.get(a));
});

/** What a user keeps of a training, as bytes. */
function bytesOf({ adapter, history }: LoraTraining): string {
  const folder = tempFolder();
  writeAdapter(folder, adapter);
  return fs.readFileSync(path.join(folder, "adapter_model.safetensors")).toString("base64") + JSON.stringify(history);
}

const small: LoraTrainingOptions = { ...options, batch: 4, steps: 12, seed: 2, modules: ["q_proj", "down_proj"], rank: 3, alpha: 5 };
for (const [kind, run] of [
  ["SFT", async (more: object) => trainSft(await stacked("ia3-a", "all"), toy.slice(0, 20), { ...small, ...more })],
  ["DPO", async (more: object) => trainDpo(await stacked("ia3-a", "all"), pairs, { ...small, ...more })],
] as const)
  test(`${kind}: stopped and resumed gives the same bytes as undisturbed, another seed others`, async () => {
    const whole = bytesOf(await run({}));
    const folder = tempFolder();
    for (const at of [1, 5, 8]) {
      const stop = new AbortController();
      const onProgress = ({ done }: TrainingProgress) => {
        if (done === at) stop.abort(new Error("killed"));
      };
      await run({ checkpoint: { folder, every: 2 }, signal: stop.signal, onProgress }).then(
        () => assert.unreachable("finished"),
        (error: Error) => assert.is(error.message, "killed"),
      );
    }
    assert.is(bytesOf(await run({ checkpoint: { folder, every: 2 } })), whole);
    assert.is.not(bytesOf(await run({ seed: 3 })), whole);
    await run({ checkpoint: { folder }, rank: 2 }).then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.ok(error instanceof OptionError && error.option === "checkpoint.folder", String(error)),
    );
  });

test("masks by neuron: rows of gate_proj and up_proj of other neurons keep their bits", async () => {
  const model = await loadTiny(engine, "gqa");
  const neurons = [
    [0, 3],
    [0, 31],
  ] as const;
  const masked: LoraTrainingOptions = { ...options, steps: 5, modules: ["q_proj", "gate_proj", "up_proj"], weightDecay: 0.5 };
  const rowMoves = ({ updates }: LoraAdapter, layer: number, module: Module) => {
    const { b, rank } = updates.find((update) => update.layer === layer && update.module === module)!;
    return Array.from({ length: b.length / rank }, (_, row) => b.subarray(row * rank, (row + 1) * rank).some((x) => x !== 0));
  };
  const only = (await trainSft(model, toy, { ...masked, mask: onlyNeurons(neurons) })).adapter;
  const without = (await trainSft(model, toy, { ...masked, mask: withoutNeurons(neurons) })).adapter;
  for (const module of ["gate_proj", "up_proj"] as const) {
    assert.equal(
      rowMoves(only, 0, module),
      Array.from({ length: 32 }, (_, i) => i === 3 || i === 31),
    );
    assert.ok(rowMoves(only, 1, module).every((moved) => !moved));
    assert.equal(
      rowMoves(without, 0, module),
      Array.from({ length: 32 }, (_, i) => i !== 3 && i !== 31),
    );
    assert.ok(rowMoves(without, 1, module).every(Boolean));
  }
  assert.ok(rowMoves(only, 0, "q_proj").every((moved) => !moved));
  assert.ok(rowMoves(without, 0, "q_proj").every(Boolean));
});

test("masks by neuron on a LoRA of down_proj, and options that make no sense, are refused", async () => {
  const model = await loadTiny(engine, "gqa");
  const refused = async (more: object, option: string, message: RegExp) => {
    const error = await trainSft(model, toy, { ...options, steps: 1, ...more } as LoraTrainingOptions).then(
      () => undefined,
      (reason: Error) => reason,
    );
    assert.ok(error instanceof OptionError && error.option === option, String(error));
    assert.match(error.message, message);
  };
  for (const mask of [onlyNeurons([[0, 1]]), withoutNeurons([[0, 1]])])
    await refused({ modules: ["down_proj"], mask }, "mask", /LoRA on gate_proj and up_proj, an \(IA\)\^3 adapter, or weights/);
  await refused({ modules: [] }, "modules", /some of q_proj/);
  await refused({ modules: ["lm_head"] }, "modules", /got "lm_head"/);
  await refused({ rank: 0 }, "rank", /from 1 to 32/);
  await refused({ rank: 33 }, "rank", /from 1 to 32/);
  await refused({ alpha: 0 }, "alpha", /other than 0/);
  await refused({ parameters: "dora" }, "parameters", /ia3, lora or weights/);
});

const python = process.env.NEURONBOOK_PYTHON;
(python ? test : test.skip)("Python's peft gives the same logits with what was trained here (NEURONBOOK_PYTHON)", async () => {
  const model = await stacked("all");
  const { adapter } = await trainSft(model, toy, { ...small, modules: all });
  const folder = tempFolder();
  writeAdapter(folder, adapter);
  const trained = await model.withAdapters(adapter);
  const folders = [folderOf("all"), folder];
  const input = JSON.stringify({ checkpoint: fixture("tiny", "gqa"), folders, prompts });
  const { status, stdout, stderr } = spawnSync(python!, [fixture("lora", "logits.py")], { encoding: "utf8", input });
  assert.is(status, 0, stderr);
  const wanted = JSON.parse(stdout) as number[][];
  const rows = await score(trained, prompts, { logits: "all" });
  for (const [i, row] of rows.entries()) near(row.logits!.data, wanted[i]!, 1e-4, `prompt ${i}`);
});

test.after(() => engine.dispose());
test.run();
