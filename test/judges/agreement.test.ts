import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { binaryAgreement, pairAgreement, realAgreement } from "../../src/judges/agreement.js";
import { seeded } from "../../src/random.js";
import { bootstrap, meanEstimate } from "../../src/statistics/estimate.js";
import { near } from "../support/expected.js";

test("AUC is the share of true-false pairs in order, ties half", () => {
  const random = seeded(3);
  const scores = Array.from({ length: 60 }, () => random.integer(8));
  const labels = scores.map((score) => score + 4 * random.normal() > 4);
  let [won, all] = [0, 0];
  scores.forEach((a, i) => {
    scores.forEach((b, j) => {
      if (!labels[i] || labels[j]) return;
      all++;
      won += a > b ? 1 : a === b ? 0.5 : 0;
    });
  });
  const { auc, accuracy, sensitivity, specificity, balancedAccuracy, positives } = binaryAgreement(scores, labels, {
    threshold: 4,
    draws: 200,
  });
  near([auc.value], [won / all], 1e-12, "AUC");
  assert.is(positives, labels.filter(Boolean).length);
  const right = (of: boolean) => labels.filter((label, i) => label === of && scores[i]! > 4 === of).length;
  near([sensitivity.value, specificity.value], [right(true) / positives, right(false) / (60 - positives)], 1e-12, "rates");
  near([accuracy.value], [(right(true) + right(false)) / 60], 1e-12, "accuracy");
  near([balancedAccuracy.value], [(sensitivity.value + specificity.value) / 2], 1e-12, "balanced");
  for (const { value, low, high } of [auc, accuracy, sensitivity]) assert.ok(low < value && value < high);
});

test("Pearson, Spearman and squared error of numbers", () => {
  const { pearson, spearman, meanSquaredError } = realAgreement([1, 2, 3, 4], [2, 4, 7, 8], { draws: 100 });
  near([pearson.value, spearman, meanSquaredError.value], [0.9844951849708404, 1, 9.25], 1e-9, "figures");
});

test("pairs: ties count half", () => {
  assert.is(pairAgreement([1, 2, 3, 0], [0, 2, 4, -1], { draws: 10 }).accuracy.value, 0.625);
});

test("whole groups are drawn, so answers to one question widen the interval", () => {
  const values = Array.from({ length: 100 }, (_, i) => (i < 50 ? 1 : 0));
  const alone = meanEstimate(values);
  const grouped = meanEstimate(values, { groups: values.map((_, i) => Math.floor(i / 25)) });
  assert.is(grouped.value, alone.value);
  assert.ok(grouped.high - grouped.low > 2 * (alone.high - alone.low));
  near([alone.low, alone.high], [0.4, 0.6], 0.015, "binomial interval");
  assert.equal(meanEstimate(values), alone);
  assert.is.not(meanEstimate(values, { seed: 1 }).low, undefined);
  assert.ok(Number.isNaN(meanEstimate([]).value));
});

test("draws without a figure do not count", () => {
  const { low, high } = bootstrap(2, (counts) => (counts[0] === 2 ? Number.NaN : counts[0]!), { draws: 500 });
  assert.ok(low >= 0 && high <= 1);
});

test("scores that do not fit are refused", () => {
  assert.throws(
    () => binaryAgreement([1], [true, false]),
    (error: Error) => error instanceof ShapeError,
  );
  assert.throws(
    () => binaryAgreement([Number.NaN], [true]),
    (error: Error) => error instanceof OptionError && error.option === "scores[0]",
  );
  assert.throws(
    () => meanEstimate([1, 2], { groups: [1] }),
    (error: Error) => error instanceof ShapeError,
  );
  assert.throws(
    () => meanEstimate([1, 2], { draws: 0 }),
    (error: Error) => error instanceof OptionError,
  );
});

test.run();
