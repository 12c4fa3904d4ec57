import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { RunningMoments, RunningSquares } from "../../src/neurons/running-moments.js";
import { seeded } from "../../src/random.js";

/** Two passes over rows of units. */
function twoPass(rows: readonly Float64Array[], units: number) {
  const mean = Float64Array.from({ length: units }, (_, u) => rows.reduce((sum, row) => sum + row[u]!, 0) / rows.length);
  const m2 = Float64Array.from({ length: units }, (_, u) => rows.reduce((sum, row) => sum + (row[u]! - mean[u]!) ** 2, 0));
  return { count: rows.length, mean, m2 };
}
const close = (got: Float64Array, expected: Float64Array) =>
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= 1e-10 * Math.max(1, Math.abs(expected[i]!)), `${value}, expected ${expected[i]}`);
  });

test("two batches merge to the moments of all positions", () => {
  // 1, 2, 3 and 7, 9: mean 4.4, squares 11.56 + 5.76 + 1.96 + 6.76 + 21.16 = 47.2.
  const moments = new RunningMoments(1);
  moments.merge({ count: 3, mean: Float32Array.of(2), m2: Float32Array.of(2) });
  moments.merge({ count: 2, mean: Float32Array.of(8), m2: Float32Array.of(2) });
  const { count, mean, variance, std } = moments.result();
  assert.is(count, 5);
  close(mean, Float64Array.of(4.4));
  close(variance, Float64Array.of(9.44));
  close(std, Float64Array.of(Math.sqrt(9.44)));
});

test("merging in any split equals two passes, also where the mean is a million deviations away", () => {
  const random = seeded(6);
  const units = 5;
  for (let round = 0; round < 30; round++) {
    const rows = Array.from({ length: 1 + random.integer(200) }, () =>
      Float64Array.from({ length: units }, (_, u) => (u === 0 ? 1e6 : u) + random.normal()),
    );
    const moments = new RunningMoments(units);
    for (let start = 0; start < rows.length; ) {
      const batch = rows.slice(start, start + random.integer(40));
      moments.merge(batch.length === 0 ? empty(units) : twoPass(batch, units));
      start += batch.length;
    }
    const whole = twoPass(rows, units);
    const { count, mean, variance } = moments.result();
    assert.is(count, rows.length);
    close(mean, whole.mean);
    close(
      variance,
      whole.m2.map((sum) => sum / rows.length),
    );
  }
});

function empty(units: number) {
  return { count: 0, mean: new Float64Array(units).fill(Number.NaN), m2: new Float64Array(units).fill(Number.NaN) };
}

test("the root of the mean square follows formula (1)", () => {
  // Differences 3, 4 | 0 and 1, 1 | 2 over two prompts: sums 25 + 0, 2 + 4.
  const squares = new RunningSquares(2);
  squares.merge({ count: 2, squares: Float32Array.of(25, 2) });
  squares.merge({ count: 1, squares: Float32Array.of(0, 4) });
  const { count, root } = squares.result();
  assert.is(count, 3);
  close(root, Float64Array.of(Math.sqrt(25 / 3), Math.sqrt(2)));
});

test("nothing merged gives NaN, and a NaN activation stays visible", () => {
  assert.ok(Number.isNaN(new RunningMoments(1).result().mean[0]) && Number.isNaN(new RunningMoments(1).result().std[0]));
  assert.ok(Number.isNaN(new RunningSquares(1).result().root[0]));
  const moments = new RunningMoments(2);
  moments.merge({ count: 1, mean: Float32Array.of(1, Number.NaN), m2: Float32Array.of(0, Number.NaN) });
  moments.merge({ count: 1, mean: Float32Array.of(1, 1), m2: Float32Array.of(0, 0) });
  assert.equal([...moments.result().mean], [1, Number.NaN]);
});

test("batches of other sizes and counts that are none are refused", () => {
  assert.throws(
    () => new RunningMoments(2).merge({ count: 1, mean: Float32Array.of(1, 2), m2: Float32Array.of(1) }),
    (e: unknown) => e instanceof ShapeError,
  );
  assert.throws(
    () => new RunningSquares(2).merge({ count: 1, squares: Float32Array.of(1) }),
    (e: unknown) => e instanceof ShapeError,
  );
  for (const count of [-1, 0.5, Number.NaN])
    assert.throws(
      () => new RunningSquares(1).merge({ count, squares: Float32Array.of(1) }),
      (e: unknown) => e instanceof OptionError,
    );
});

test.run();
