import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { pairedTTest, rankCorrelation, tEstimate } from "../../src/statistics/student-t.js";
import { scipy } from "../support/statistics.js";

const near = (got: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(got - expected) <= tolerance * Math.abs(expected), `${got}, expected ${expected}`);

test("the paired t test by hand: differences 1 0 2 1", () => {
  const { t, degreesOfFreedom, difference } = pairedTTest([1, 2, 3, 4], [2, 2, 5, 5]);
  // mean 1, sum of squares 2, standard error sqrt(2 / 3 / 4)
  near(t, 1 / Math.sqrt(1 / 6), 1e-12);
  assert.is(degreesOfFreedom, 3);
  assert.is(difference.value, 1);
});

test("paired t tests equal SciPy's, far out in the tails too", () => {
  for (const { first, second, t, df, p, low, high } of scipy.tTests) {
    const got = pairedTTest(first, second);
    assert.is(got.degreesOfFreedom, df);
    near(got.t, t, 1e-9);
    near(got.p, p);
    near(got.difference.low, low);
    near(got.difference.high, high);
  }
});

test("a t interval over five seeds: mean ± 2.776 standard errors", () => {
  const { value, low, high } = tEstimate([0.9, 1, 1.1, 1, 1]);
  near(value, 1, 1e-12);
  near(high - value, (2.7764451051977934 * Math.sqrt(0.02 / 4)) / Math.sqrt(5));
  near(value - low, high - value, 1e-12);
  const wide = tEstimate([1, 2, 3], { level: 0.99 });
  assert.ok(wide.low < tEstimate([1, 2, 3]).low);
  assert.equal(tEstimate([4]), { value: 4, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
});

test("equal differences leave nothing to chance, no differences nothing to test", () => {
  assert.is(pairedTTest([1, 2], [2, 3]).p, 0);
  assert.is(pairedTTest([1, 2], [2, 3]).t, Number.POSITIVE_INFINITY);
  assert.ok(Number.isNaN(pairedTTest([1, 2], [1, 2]).p));
});

test("Spearman and its p, with ties, equal SciPy's", () => {
  for (const { first, second, rho, p } of scipy.correlations) {
    const got = rankCorrelation(first, second);
    near(got.rho, rho, 1e-12);
    near(got.p, p);
    assert.is(got.count, first.length);
  }
  assert.is(rankCorrelation([1, 2, 3, 4], [5, 6, 7, 8]).p, 0);
  assert.ok(Number.isNaN(rankCorrelation([1, 2], [3, 4]).p));
  assert.ok(Number.isNaN(rankCorrelation([1, 1, 1], [3, 4, 5]).p));
});

test("unequal lengths, too few and unusable values are refused", () => {
  assert.throws(
    () => pairedTTest([1], [1, 2]),
    (error: unknown) => error instanceof ShapeError,
  );
  for (const call of [
    () => pairedTTest([1], [2]),
    () => pairedTTest([1, Number.NaN], [2, 3]),
    () => tEstimate([]),
    () => tEstimate([1, 2], { level: 1 }),
  ])
    assert.throws(call, (error: unknown) => error instanceof OptionError);
});

test.run();
