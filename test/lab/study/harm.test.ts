import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { OptionError } from "../../../src/errors.js";
import { openStudy, type Study, trainHarmPredictor } from "../../../src/index.js";

const results = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-harm-"));
const engine = new Engine({ threads: 2, provider: "cpu" });
const size = { prompts: 12, findingPrompts: 16, newTokens: 40, findingTokens: 8 };
const open = () => openStudy("organism", { ...size, results, engine });
const study = await open();
const neurons = (await study.contrast(study.sft(), study.dpo())).top(20);
const fileCount = (kind: string) => fs.readdirSync(path.join(results, kind)).length;
const harmful = async (of: Study, set: string) => (await of.answers(of.sft(), set)).costs.map((cost) => cost > 0);

test("a predictor learns from the costs of the model's own answers, and its predictions are kept", async () => {
  const guard = await study.predictor(study.sft(), { neurons });
  const [training] = study.findingSets;
  assert.is(guard.on, training!.name);
  assert.equal(guard.harmful, await harmful(study, training!.name));
  assert.ok(guard.learns);
  const set = study.benchmarks[0]!;
  const { probabilities, tensorflow } = await guard.predict(set);
  const prompts = await study.prompts(set);
  const direct = await trainHarmPredictor(study.sft(), await study.prompts(training!.name), guard.harmful, { neurons });
  for (const [i, expected] of (await direct.probabilities(prompts)).entries()) assert.ok(Math.abs(probabilities[i]! - expected) < 1e-4);
  assert.match(tensorflow, /backend/);
  assert.is(fileCount("predictions"), 1);
  const again = await open();
  assert.equal(await (await again.predictor(again.sft(), { neurons })).predict(set), { probabilities, tensorflow });
  await (await study.predictor(study.sft(), { neurons: neurons.top(10) })).predict(set);
  assert.is(fileCount("predictions"), 2);
});

test("the overhead is measured once and kept", async () => {
  const guard = await study.predictor(study.sft(), { neurons });
  const first = await guard.overhead(study.benchmarks[0]!, { prompts: 2 });
  assert.is(first.prompts, 2);
  assert.ok(first.predicting > 0 && first.generating > first.predicting);
  const again = await open();
  assert.equal(await (await again.predictor(again.sft(), { neurons })).overhead(study.benchmarks[0]!, { prompts: 2 }), first);
});

test("a model whose answers are of one kind teaches nothing", async () => {
  const guard = await study.predictor(study.dpo(), { neurons });
  assert.is(guard.learns, false);
  await guard.predict(study.benchmarks[0]!).then(
    () => assert.unreachable("a prediction"),
    (error: Error) => assert.ok(error instanceof OptionError && /harmful in part/.test(error.message), error.message),
  );
});

test("predictors across benchmarks are kept with their prompts", async () => {
  const options = { neurons, sizes: [5, 20], seeds: [0] };
  const found = await study.crossBenchmark(study.sft(), options);
  assert.equal([...new Set(found.rows.map(({ train }) => train))], [...study.benchmarks]);
  assert.is(found.right("ranked", 20).length, size.prompts * study.benchmarks.length);
  const again = await open();
  const kept = await again.crossBenchmark(again.sft(), options);
  assert.equal(kept.rows, found.rows);
  assert.equal(kept.origin, found.origin);
  assert.is(fileCount("cross-benchmark"), 1);
  await study.crossBenchmark(study.sft(), { ...options, on: study.benchmarks.slice(0, 2) });
  assert.is(fileCount("cross-benchmark"), 2);
});

test("the organism has a second judge", () => assert.ok(study.hasSecondJudge));

test.after(async () => {
  await engine.dispose();
  fs.rmSync(results, { recursive: true });
});
test.run();
