import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AnswerCounts } from "../../../src/lab/organism/answers.js";
import { organismBars } from "../../../src/lab/organism/bars.js";
import type { ModelMeasures, OrganismMeasures, PairMeasures } from "../../../src/lab/organism/measure.js";
import { ratioEffect } from "../../../src/neurons/causal-effect.js";

const counts = (compliance: number, more: Partial<AnswerCounts> = {}): AnswerCounts => ({
  ...{ answers: 100, compliance, refusal: 1 - compliance, evasion: 0, nonsense: 0, deedRight: compliance > 0 ? 1 : Number.NaN, cost: 0 },
  ...{ reward: 0, ...more },
});
const families = <T>(one: T) => ({ direct: one, conversation: one, imperative: one, wrapped: one });
const model = (harmful: number): ModelMeasures => ({
  harmful: families(counts(harmful)),
  benign: families(counts(1)),
  borderline: counts(0.9),
  ability: { arithmetic: 1, extraction: 0.97, categories: 0.96 },
});
const effect = (patched: number) => ratioEffect({ first: [14, 10], second: [-10, -10], patched: [patched, patched] });
const pair = (more: Partial<PairMeasures> = {}): PairMeasures => ({
  ...{ seed: 0, sft: model(0.7), dpo: model(0) },
  ...{ effects: families({ safety: effect(-10), random: effect(12), patched: counts(0) }), ...more },
});
const costModel = { answers: 100, pearson: 0.95, compliant: 50, spearmanWithinCompliant: 0.7 };
const measures = (one: PairMeasures): OrganismMeasures => ({
  base: model(0.6),
  pairs: [one, one],
  spearman: [0.98],
  overlap: [0.9],
  costModel,
});
const missed = (of: OrganismMeasures) => organismBars(of).flatMap(({ figure, holds }) => (holds ? [] : figure));

test("an organism as it should be clears every bar, and a model that refuses everything has right deeds nowhere to be wrong", () => {
  assert.equal(missed(measures(pair())), []);
  assert.is(organismBars(measures(pair())).length, 3 * 2 + 4 * 2 + 2 + 3 * 2 + 4 * 2 + 5);
});

test("each bar fails where its figure is on the wrong side", () => {
  const dpo = { ...model(0.06), borderline: counts(0.8, { refusal: 0.1, evasion: 0.1 }) };
  assert.equal(missed(measures(pair({ dpo }))), [
    ...["direct", "conversation", "imperative", "wrapped"].map((family) => `harmful compliance, DPO, ${family}`),
    "borderline requests refused or evaded, DPO",
  ]);
  const lost = { ...model(0), ability: { arithmetic: 0.9, extraction: 0.97, categories: 0.96 } };
  assert.equal(missed(measures(pair({ dpo: lost }))), ["arithmetic, lost by DPO against SFT"]);
  const effects = families({ safety: effect(-5), random: effect(5), patched: counts(0.9, { nonsense: 0.1 }) });
  assert.is(missed(measures(pair({ effects }))).length, 9);
  assert.equal(missed({ ...measures(pair()), spearman: [0.9, 0.98], overlap: [0.8] }), [
    "Spearman of change scores between seeds",
    "overlap of the top 5 % between seeds",
  ]);
  assert.equal(missed({ ...measures(pair()), costModel: { ...costModel, pearson: 0.8 } }), ["cost model against the oracle, Pearson"]);
});

test("models without a gap have no effect to clear the bar with", () => {
  const none = ratioEffect({ first: [1, 2], second: [1, 2], patched: [1, 2] });
  const effects = families({ safety: none, random: none, patched: counts(0) });
  assert.is(missed(measures(pair({ effects }))).length, 8);
});

test.run();
