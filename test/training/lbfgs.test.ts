import { test } from "uvu";
import * as assert from "uvu/assert";
import { seeded } from "../../src/random.js";
import { minimise } from "../../src/training/lbfgs.js";

test("a quadratic's minimum is where its gradient is 0", () => {
  const random = seeded(1);
  const scales = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i / 10));
  const centre = scales.map(() => random.normal());
  const f = (x: Float64Array, gradient: Float64Array) =>
    x.reduce((sum, value, i) => {
      gradient[i] = 2 * scales[i]! * (value - centre[i]!);
      return sum + scales[i]! * (value - centre[i]!) ** 2;
    }, 0);
  const { point, converged, value } = minimise(f, new Float64Array(30), { tolerance: 1e-9 });
  assert.ok(converged);
  assert.ok(value < 1e-12, `${value}`);
  point.forEach((x, i) => {
    assert.ok(Math.abs(x - centre[i]!) < 1e-6);
  });
});

test("Rosenbrock's valley is followed to its end", () => {
  const f = ([x, y]: Float64Array, gradient: Float64Array) => {
    gradient[0] = -400 * x! * (y! - x! * x!) - 2 * (1 - x!);
    gradient[1] = 200 * (y! - x! * x!);
    return 100 * (y! - x! * x!) ** 2 + (1 - x!) ** 2;
  };
  const { point, iterations } = minimise(f, Float64Array.of(-1.2, 1), { tolerance: 1e-8 });
  assert.ok(Math.abs(point[0]! - 1) < 1e-6 && Math.abs(point[1]! - 1) < 1e-6, String(point));
  assert.ok(iterations < 100);
});

test("a start at the minimum stays there, and a few iterations end unconverged", () => {
  const f = (x: Float64Array, gradient: Float64Array) => {
    gradient.forEach((_, i) => {
      gradient[i] = 4 * x[i]! ** 3;
    });
    return x.reduce((sum, value) => sum + value ** 4, 0);
  };
  assert.is(minimise(f, new Float64Array(3)).iterations, 0);
  const few = minimise(f, Float64Array.of(5, -3, 2), { most: 2 });
  assert.is(few.converged, false);
  assert.is(few.iterations, 2);
});

test.run();
