/**
 * @file Minimising a smooth function in float64 by L-BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5) with a
 * line search for the Wolfe conditions by bisection. Deterministic.
 */

/** Value at `point`; the gradient is written into `gradient`. */
export type Differentiable = (point: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** did the gradient's norm fall below the tolerance? */
  readonly converged: boolean;
}

/** Pairs of steps and gradient changes that are remembered. */
const MEMORY = 12;
const [ENOUGH_DECREASE, ENOUGH_CURVATURE] = [1e-4, 0.9];

/** @param options `tolerance`: norm of the gradient, as a share of that at the start or of 1 where that is smaller, at which to stop; default 1e-6 */
export function minimise(
  f: Differentiable,
  start: Float64Array,
  { tolerance = 1e-6, most = 500 }: { tolerance?: number; most?: number } = {},
): Minimum {
  const size = start.length;
  let point: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(size);
  let value = f(point, gradient);
  const goal = tolerance * Math.max(1, norm(gradient));
  const memory: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  for (let iteration = 0; iteration < most; iteration++) {
    if (norm(gradient) <= goal) return { point, value, iterations: iteration, converged: true };
    const direction = descent(gradient, memory);
    const found = lineSearch(f, point, value, gradient, direction, memory.length === 0 ? 1 / norm(gradient) : 1);
    // rounding leaves no lower value: as low as float64 goes
    if (!found) return { point, value, iterations: iteration, converged: false };
    const step = found.point.map((x, i) => x - point[i]);
    const change = found.gradient.map((g, i) => g - gradient[i]);
    const curvature = dot(step, change);
    if (curvature > 0) memory.push({ step, change, curvature });
    if (memory.length > MEMORY) memory.shift();
    ({ point, value, gradient } = found);
  }
  return { point, value, iterations: most, converged: norm(gradient) <= goal };
}

/** The two-loop recursion. */
function descent(gradient: Float64Array, memory: readonly { step: Float64Array; change: Float64Array; curvature: number }[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const parts = memory.map(() => 0);
  for (let i = memory.length - 1; i >= 0; i--) {
    const { step, change, curvature } = memory[i];
    parts[i] = dot(step, direction) / curvature;
    addScaled(direction, change, -parts[i]);
  }
  const last = memory.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  memory.forEach(({ step, change, curvature }, i) => {
    addScaled(direction, step, parts[i] - dot(change, direction) / curvature);
  });
  return direction;
}

function lineSearch(
  f: Differentiable,
  point: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: number,
): { point: Float64Array; value: number; gradient: Float64Array } | undefined {
  const slope = dot(gradient, direction);
  let [low, high, size] = [0, Number.POSITIVE_INFINITY, first];
  let best: { point: Float64Array; value: number; gradient: Float64Array } | undefined;
  for (let trial = 0; trial < 50; trial++) {
    const at = point.map((x, i) => x + size * direction[i]);
    const made = new Float64Array(point.length);
    const reached = f(at, made);
    if (!(reached <= value + ENOUGH_DECREASE * size * slope)) high = size;
    else {
      best = { point: at, value: reached, gradient: made };
      if (dot(made, direction) >= ENOUGH_CURVATURE * slope) return best;
      low = size;
    }
    size = high === Number.POSITIVE_INFINITY ? 2 * size : (low + high) / 2;
  }
  return best && best.value < value ? best : undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

function addScaled(to: Float64Array, from: Float64Array, by: number): void {
  for (let i = 0; i < to.length; i++) to[i] += by * from[i];
}
