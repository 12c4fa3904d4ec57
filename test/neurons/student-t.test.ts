import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { meanOverRuns } from "../../src/neurons/student-t.js";

/** Half the width of the interval in standard errors: the quantile of t itself. */
function quantile(runs: number, level: number): number {
  const values = Array.from({ length: runs }, (_, i) => i);
  const mean = (runs - 1) / 2;
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs - 1) / runs);
  const { value, low, high } = meanOverRuns(values, level);
  assert.is(value, mean);
  assert.ok(Math.abs(value - low - (high - value)) < 1e-9);
  return (high - value) / error;
}

test("intervals are those of Student's t, as tables give its quantiles", () => {
  // two-sided, by degrees of freedom
  for (const [freedom, level, expected] of [
    [1, 0.95, 12.7062],
    [2, 0.95, 4.30265],
    [3, 0.95, 3.18245],
    [4, 0.95, 2.77645],
    [4, 0.99, 4.60409],
    [9, 0.9, 1.83311],
    [30, 0.95, 2.04227],
    [1000, 0.95, 1.96234],
  ] as const)
    assert.ok(Math.abs(quantile(freedom + 1, level) / expected - 1) < 1e-5, `${freedom} degrees of freedom, ${level}`);
});

test("one run has a mean and no interval", () => {
  const { value, low, high } = meanOverRuns([3]);
  assert.equal([value, Number.isNaN(low), Number.isNaN(high)], [3, true, true]);
});

test("equal runs have an interval of no width", () => {
  assert.equal(meanOverRuns([2, 2, 2]), { value: 2, low: 2, high: 2 });
});

test("refuses no runs, numbers that are none, and levels out of range", () => {
  for (const call of [() => meanOverRuns([]), () => meanOverRuns([1, Number.NaN]), () => meanOverRuns([1, 2], 1)])
    assert.throws(call, (error: unknown) => error instanceof OptionError);
});

test.run();
