import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { skewness } from "../../src/statistics/skewness.js";
import { scipy } from "../support/statistics.js";

test("skewness by hand: 0 0 0 4 has mean 1, variance 3 and third moment 6", () => {
  assert.ok(Math.abs(skewness([0, 0, 0, 4]) - 6 / 3 ** 1.5) < 1e-12);
  assert.ok(Math.abs(skewness(Float32Array.of(0, 0, 0, 4)) - 6 / 3 ** 1.5) < 1e-12);
  assert.ok(Math.abs(skewness([1, 2, 3])) < 1e-12);
});

test("skewness equals SciPy's", () => {
  assert.ok(Math.abs(skewness(scipy.skewness.values) - scipy.skewness.skewness) < 1e-10);
});

test("values that do not vary have none, no values are refused", () => {
  assert.ok(Number.isNaN(skewness([2, 2])));
  assert.throws(
    () => skewness([]),
    (error: unknown) => error instanceof OptionError,
  );
});

test.run();
