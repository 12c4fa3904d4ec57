import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { pairsEstimate } from "../../src/statistics/pairs.js";
import { tEstimate } from "../../src/statistics/student-t.js";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test("three things by hand: pairs 0.9, 0.6, 0.3; without one thing the pair of the others is left", () => {
  const matrix = [
    [1, 0.9, 0.6],
    [0.9, 1, 0.3],
    [0.6, 0.3, 1],
  ];
  // 3 · 0.6 - 2 · 0.3, 3 · 0.6 - 2 · 0.6, 3 · 0.6 - 2 · 0.9
  const expected = tEstimate([1.2, 0.6, 0]);
  const found = pairsEstimate(matrix);
  near(found.value, 0.6);
  near(found.low, expected.low);
  near(found.high, expected.high);
});

test("one thing that agrees with no other widens the interval more than as many pairs apart", () => {
  const odd = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => (i === 0 || j === 0 ? 0 : 1)));
  const { value, low, high } = pairsEstimate(odd);
  near(value, 0.6);
  const pairs = tEstimate([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  assert.ok(high - low > 1.5 * (pairs.high - pairs.low));
});

test("two things have one pair, which says nothing of others", () => {
  assert.equal(
    pairsEstimate([
      [1, 0.5],
      [0.5, 1],
    ]),
    { value: 0.5, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  );
});

test("one thing and matrices that are not square are refused", () => {
  assert.throws(
    () => pairsEstimate([[1]]),
    (error: unknown) => error instanceof OptionError,
  );
  assert.throws(
    () => pairsEstimate([[1, 2], [1]]),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.run();
