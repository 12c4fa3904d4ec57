import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import type { Module } from "../../src/models/decoder.js";
import { trainDpo } from "../../src/training/dpo.js";
import { dpoObjective } from "../../src/training/dpo-objective.js";
import { encodePairs, encodeSft } from "../../src/training/examples.js";
import { ia3Scales } from "../../src/training/ia3-scales.js";
import type { Objective } from "../../src/training/objective.js";
import { trainSft } from "../../src/training/sft.js";
import { sftObjective } from "../../src/training/sft-objective.js";
import { stepGradients, trainingSession } from "../../src/training/step-gradients.js";
import type { Ia3Training } from "../../src/training/what-is-trained.js";
import { expectedValues, near, nearRelative, readJson } from "../support/expected.js";
import { loadTiny } from "../support/tiny.js";

interface Expected {
  readonly options: { steps: number; learningRate: number; warmUp: number; weightDecay: number; clipNorm: number; modules: Module[] };
  readonly beta: number;
  readonly texts: number[][];
  readonly promptLengths: number[];
  readonly weights: number[][];
  readonly pairs: [number[], number[]][];
  readonly reference: [number, number][];
  readonly sft: { losses: number[]; norms: number[] };
  readonly dpo: { losses: number[]; norms: number[] };
}

const expected = readJson<Expected>("training", "expected.json");
const values = expectedValues("training");
const engine = new Engine({ threads: 2, provider: "cpu" });
const { texts, promptLengths, weights, pairs, beta, options } = expected;
const examples = texts.map((text, i) => ({
  prompt: text.slice(0, promptLengths[i]),
  answer: text.slice(promptLengths[i]),
  weights: weights[i]!,
}));
const preferences = pairs.map(([chosen, rejected], i) => ({
  prompt: chosen.slice(0, promptLengths[i]),
  chosen: chosen.slice(promptLengths[i]),
  rejected: rejected.slice(promptLengths[i]),
}));

const policy = () => loadTiny(engine, "gqa", "ia3-a");

async function firstGradients(objective: Objective, passes: number[][]) {
  const model = await policy();
  const trainable = ia3Scales(model, options.modules);
  const start = trainable.parameters.map(({ initial }) => initial());
  const { numbers, sums } = await engine.withSession(trainingSession(model, trainable, objective), (session) =>
    stepGradients({ model, session, trainable, objective, passes, values: start }),
  );
  return { loss: numbers.loss, gradients: trainable.parameters.map(({ name }, i) => [name.split(".")[0]!, sums[i]!] as const) };
}

for (const passes of [[[0, 1, 2, 3]], [[2], [0, 3], [1]]])
  test(`SFT: loss with token weights and its first gradients are torch's, in ${passes.length} passes`, async () => {
    const { loss, gradients } = await firstGradients(sftObjective(await encodeSft(await policy(), examples, {})), passes);
    nearRelative([loss], [expected.sft.losses[0]!], 1e-5, "loss");
    for (const [module, gradient] of gradients) nearRelative(gradient, values.get(`sft/gradient/${module}`)!.data, 1e-5, module);
  });

for (const passes of [[[0, 1, 2, 3]], [[2], [0, 3], [1]]])
  test(`DPO: loss and its first gradients are torch's, in ${passes.length} passes`, async () => {
    const [chosen, rejected] = [0, 1].map((which) => Float32Array.from(expected.reference, (row) => row[which]!));
    const objective = dpoObjective(await encodePairs(await policy(), preferences, {}), { chosen: chosen!, rejected: rejected! }, beta);
    const { loss, gradients } = await firstGradients(objective, passes);
    nearRelative([loss], [expected.dpo.losses[0]!], 1e-5, "loss");
    for (const [module, gradient] of gradients) nearRelative(gradient, values.get(`dpo/gradient/${module}`)!.data, 1e-5, module);
  });

function checkTraining(kind: "sft" | "dpo", { adapter, losses, history }: Ia3Training): void {
  nearRelative(losses as unknown as number[], expected[kind].losses, 1e-5, `${kind} losses`);
  nearRelative(
    history.map(({ gradientNorm }) => gradientNorm),
    expected[kind].norms,
    1e-5,
    `${kind} norms`,
  );
  for (const module of options.modules) {
    const rows = adapter.scales.filter((scale) => scale.module === module);
    const flat = rows.flatMap((row) => [...row.values]);
    assert.is(rows.length, 2);
    near(flat, values.get(`${kind}/trained/${module}`)!.data, 1e-5, `${kind} ${module}`);
  }
}

test("SFT: five AdamW steps with warm-up, cosine, decay and clipping give torch's scales", async () => {
  checkTraining("sft", await trainSft(await policy(), examples, { ...options, batch: 4 }));
});

test("DPO: five AdamW steps with the reference that score() gives end at torch's scales", async () => {
  const reference = await loadTiny(engine, "gqa");
  checkTraining("dpo", await trainDpo(await policy(), preferences, { ...options, batch: 4, beta, reference }));
});

test("DPO: against itself the loss starts at ln 2 and no pair is won", async () => {
  const { history } = await trainDpo(await policy(), preferences, { steps: 1, batch: 4 });
  near([history[0]!.loss], [Math.LN2], 1e-6, "loss");
  near([history[0]!.margin!], [0], 1e-5, "margin");
});

test.after(() => engine.dispose());
test.run();
