import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { type RedTeamEvaluation, readEvaluation, writeEvaluation } from "../../../src/lab/smollm2/evaluation.js";
import { excludesZero, FIGURES, gapOf, rateOf } from "../../../src/lab/smollm2/rates.js";
import { settingsOf } from "../../../src/lab/smollm2/recipe.js";
import { smolLM2Report } from "../../../src/lab/smollm2/report.js";
import { stagesOf } from "../../../src/lab/smollm2/train.js";
import { trainAdapter } from "../../../src/training/adapter-run.js";
import { tempFolder } from "../../support/temp.js";
import { loadTiny } from "../../support/tiny.js";

const evaluation: RedTeamEvaluation = {
  format: 1,
  newTokens: 48,
  sets: { advbench: { count: 4, digest: "" } },
  judges: { refusalPatterns: 1, mostPerplexity: 500, costHead: "abcdef0123456789" },
  models: {
    "sft-s0": { advbench: { kinds: "cccc", costs: [1, 2, 3, 2] } },
    "sft-s1": { advbench: { kinds: "cccr", costs: [1, 2, 3, -2] } },
    "dpo-refusal-s0": { advbench: { kinds: "rrrn", costs: [-1, -2, -3, 1] } },
    "dpo-refusal-s1": { advbench: { kinds: "rrcr", costs: [-1, -2, 3, -2] } },
    "sft-s2": { advbench: { kinds: "cccc", costs: [5, 5, 5, 5] } },
  },
};

test("rates are means over prompts and seeds; seeds without the stage do not count", () => {
  const sft = rateOf(evaluation, "sft", "advbench", FIGURES.compliance)!;
  assert.equal(sft.perSeed, [1, 0.75, 1]);
  assert.ok(Math.abs(sft.prompts.value - 11 / 12) < 1e-12);
  assert.is(rateOf(evaluation, "dpo-refusal", "advbench", FIGURES.refusal)!.prompts.value, 0.75);
  assert.is(rateOf(evaluation, "dpo-refusal", "advbench", FIGURES.nonsense)!.prompts.value, 0.125);
  assert.is(rateOf(evaluation, "dpo-refusal", "advbench", FIGURES.harmful)!.prompts.value, 0.25);
  assert.is(rateOf(evaluation, "dpo-harmless", "advbench", FIGURES.refusal), undefined);
});

test("the gap pairs prompts and seeds; its interval over seeds is Student's", () => {
  const gap = gapOf(evaluation, "dpo-refusal", "advbench", FIGURES.compliance)!;
  assert.equal(gap.perSeed, [1, 0.5]);
  assert.is(gap.prompts.value, 0.75);
  assert.ok(excludesZero(gap.prompts));
  // two seeds: mean 0.75, standard error 0.25, t at one degree of freedom 12.7062
  assert.ok(Math.abs(gap.seeds!.high - (0.75 + 0.25 * 12.7062)) < 1e-5);
  assert.not.ok(excludesZero(gap.seeds!));
  assert.is(gapOf(evaluation, "dpo-refusal", "advbench", FIGURES.cost)!.prompts.value, (13 / 4 + 6 / 4) / 2);
});

test("refusal pairs of all seeds come first, those of the first seed alone last; a stage has one recipe for all seeds", () => {
  const order = stagesOf([4, 5, 6]).map(({ stage, seed }) => `${stage}-s${seed}`);
  assert.equal(order.slice(0, 5), ["sft-s4", "dpo-refusal-s4", "sft-s5", "dpo-refusal-s5", "sft-s6"]);
  assert.equal(order.slice(9), ["dpo-helpful-s4", "dpo-joint-s4", "dpo-reasoning-s4"]);
  assert.equal(new Set(order).size, 12);
  assert.equal({ ...settingsOf("dpo-refusal", 1), seed: 0 }, settingsOf("dpo-refusal", 0));
});

test("the page has a row for each adapter and set, and is the same for the same verdicts", async () => {
  const adapters = tempFolder();
  const engine = new Engine({ threads: 1, provider: "cpu" });
  const settings = { steps: 2, batch: 2, learningRate: 0.01, seed: 0, maxTokens: 16, chat: false, evaluateEvery: 2 };
  const pair = { prompt: [1, 2], chosen: [3], rejected: [4] };
  await trainAdapter({
    ...{ model: await loadTiny(engine, "gqa"), data: { kind: "dpo", examples: [pair, pair], heldOut: [pair] }, settings, resume: false },
    ...{ source: { examples: "a", heldOut: "b" }, command: "neuronbook train dpo", out: path.join(adapters, "dpo-refusal-s0") },
  });
  await engine.dispose();
  const file = path.join(adapters, "evaluation.json");
  writeEvaluation(file, evaluation);
  assert.equal(readEvaluation(file), evaluation);
  const page = smolLM2Report(adapters, readEvaluation(file), [0, 1, 2]);
  assert.is(page, smolLM2Report(adapters, evaluation, [0, 1, 2]));
  assert.match(page, /\| `dpo-refusal-s0` \| 2 \| 0\.693 to /);
  assert.match(page, /\| advbench \| sft \| 3 x 4 \| 0\.08 \[/);
  assert.match(page, /\| SFT, dpo-refusal \| advbench \| compliance \| 0\.75 \[?/);
  assert.not.match(page, /undefined|NaN/);
  for (const line of page.split("\n").filter((one) => one.startsWith("|"))) assert.match(line, /\|$/);
  assert.ok(fs.existsSync(file));
});

test("the page in docs is that of the shipped adapters and their evaluation", () => {
  const seeds = [0, 1, 2];
  const page = smolLM2Report("data/smollm2/adapters", readEvaluation("data/smollm2/evaluation.json"), seeds);
  assert.fixture(fs.readFileSync("docs/smollm2-adapters.md", "utf8"), page);
  for (const stage of ["sft", "dpo-refusal", "dpo-harmless"]) for (const seed of seeds) assert.match(page, `\`${stage}-s${seed}\``);
});

test.run();
