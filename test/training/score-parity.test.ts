import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import type { Module } from "../../src/models/decoder.js";
import { ia3Scales } from "../../src/training/ia3-scales.js";
import { withScoreHead } from "../../src/training/score-head.js";
import { type ScoreTarget, scoreObjective } from "../../src/training/score-objective.js";
import { stepGradients, trainingSession } from "../../src/training/step-gradients.js";
import { train } from "../../src/training/train.js";
import { expectedValues, near, nearRelative, readJson } from "../support/expected.js";
import { loadTiny } from "../support/tiny.js";

interface Case {
  readonly pool: "last" | "mean";
  readonly prompts: number[][];
  readonly answers: number[][][];
  readonly targets: number[];
  readonly start: number[];
  readonly losses: number[];
  readonly norms: number[];
}

const expected = readJson<{
  options: { steps: number; learningRate: number; warmUp: number; weightDecay: number; clipNorm: number; modules: Module[] };
  training: Record<ScoreTarget, Case>;
}>("scores", "expected.json");
const values = expectedValues("scores");
const engine = new Engine({ threads: 2, provider: "cpu" });

async function prepared(target: ScoreTarget) {
  const { pool, prompts, answers, targets, start } = expected.training[target];
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const examples = prompts.map((prompt, i) => ({
    target: targets[i]!,
    texts: answers[i]!.map((answer) => {
      const ids = Int32Array.from([...prompt, ...answer]);
      return { ids, from: pool === "last" ? ids.length - 1 : prompt.length };
    }),
  }));
  const trainable = withScoreHead(ia3Scales(model, expected.options.modules), 64, { weight: Float32Array.from(start), bias: 0.1 });
  return { model, trainable, objective: scoreObjective(target, examples) };
}

const parts = ["down_proj", "k_proj", "weight", "bias"];

for (const target of ["binary", "real", "pairs"] as const) {
  for (const passes of [[[0, 1, 2, 3]], [[2], [0, 3], [1]]])
    test(`${target}: loss and first gradients of scales and head are torch's, in ${passes.length} passes`, async () => {
      const { model, trainable, objective } = await prepared(target);
      const start = trainable.parameters.map(({ initial }) => initial());
      const { numbers, sums } = await engine.withSession(trainingSession(model, trainable, objective), (session) =>
        stepGradients({ model, session, trainable, objective, passes, values: start }),
      );
      nearRelative([numbers.loss], [expected.training[target].losses[0]!], 1e-5, "loss");
      parts.forEach((part, i) => {
        const wanted = values.get(`${target}/gradient/${part}`)!.data;
        // the bias of a pair's two scores cancels
        if (target === "pairs" && part === "bias") near(sums[i]!, wanted, 1e-6, part);
        else nearRelative(sums[i]!, wanted, 1e-5, part);
      });
    });

  test(`${target}: training ends at torch's scales and head`, async () => {
    const { model, trainable, objective } = await prepared(target);
    const { options } = expected;
    const { adapter, head, losses, history } = await train(model, trainable, objective, { ...options, batch: 4 });
    nearRelative(losses as unknown as number[], expected.training[target].losses, 1e-5, "losses");
    nearRelative(
      history.map(({ gradientNorm }) => gradientNorm),
      expected.training[target].norms,
      1e-5,
      "norms",
    );
    for (const module of options.modules) {
      const flat = adapter.scales.filter((scale) => scale.module === module).flatMap((row) => [...row.values]);
      near(flat, values.get(`${target}/trained/${module}`)!.data, 1e-5, module);
    }
    near(head.weight, values.get(`${target}/trained/weight`)!.data, 1e-5, "weight");
    near([head.bias], values.get(`${target}/trained/bias`)!.data, target === "pairs" ? 1 : 1e-5, "bias");
    assert.is(history[0]!.accuracy === undefined, target === "real");
  });
}

test.after(() => engine.dispose());
test.run();
