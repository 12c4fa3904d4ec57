import { test } from "uvu";
import * as assert from "uvu/assert";
import { ShapeError } from "../../src/errors.js";
import { seeded } from "../../src/random.js";
import { averageRanks, spearman } from "../../src/statistics/rank-correlation.js";

const near = (got: number, expected: number) => assert.ok(Math.abs(got - expected) < 1e-12, `${got}, expected ${expected}`);

test("ties share the mean of their ranks", () => {
  assert.equal([...averageRanks([10, 20, 20, 5, 20])], [2, 4, 4, 1, 4]);
  assert.equal([...averageRanks([])], []);
});

test("Spearman without ties is 1 - 6 sum d^2 / (n (n^2 - 1))", () => {
  near(spearman([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12]), -29 / 165);
});

test("Spearman with ties is Pearson's correlation of average ranks", () => {
  // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: covariance 4.5, squares 4.5 and 5.
  near(spearman([1, 2, 2, 3], [1, 3, 2, 4]), 4.5 / Math.sqrt(4.5 * 5));
});

test("Spearman sees order alone, and changes its sign when one side is reversed", () => {
  const random = seeded(8);
  for (let round = 0; round < 50; round++) {
    const x = Array.from({ length: 30 }, () => random.integer(12));
    const y = Array.from({ length: 30 }, () => random.integer(12));
    const rho = spearman(x, y);
    near(spearman(y, x), rho);
    near(
      spearman(
        x.map((value) => Math.exp(value)),
        y,
      ),
      rho,
    );
    near(
      spearman(
        x.map((value) => -value),
        y,
      ),
      -rho,
    );
    near(spearman(x, x), 1);
  }
});

test("nothing to correlate gives NaN, unequal lengths are an error", () => {
  assert.ok(Number.isNaN(spearman([], [])));
  assert.ok(Number.isNaN(spearman([1], [1])));
  assert.ok(Number.isNaN(spearman([2, 2, 2], [1, 2, 3])));
  assert.throws(
    () => spearman([1, 2], [1]),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.run();
