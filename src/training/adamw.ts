/** @file AdamW: Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, arXiv 1711.05101). */

export interface AdamWOptions {
  /** decay rates of the two moments */
  readonly betas: readonly [number, number];
  /** added to the root of the second moment */
  readonly epsilon: number;
  /** share of the learning rate by which a value shrinks at each step */
  readonly weightDecay: number;
}

/** A trained array and its two moments, all of one length, float32. */
export interface Moments {
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * One step on one array, in place.
 * @param step from 1
 * @param gradientScale multiplies the gradient (clipping)
 * @param mask `(values,)` 0 = the value keeps its bits, whatever gradient and decay say; undefined = all move
 */
export function adamW(
  moments: Moments,
  gradient: Float32Array,
  step: number,
  rate: number,
  { betas: [beta1, beta2], epsilon, weightDecay }: AdamWOptions,
  gradientScale = 1,
  mask?: Uint8Array,
): void {
  const size = rate / (1 - power(beta1, step));
  const inverse = 1 / Math.sqrt(1 - power(beta2, step));
  const kept = 1 - rate * weightDecay;
  const { length } = gradient;
  for (let from = next(mask, true, 0, length); from < length; ) {
    const to = next(mask, false, from, length);
    move(moments, gradient, from, to, gradientScale, beta1, beta2, size, inverse, kept, epsilon);
    from = next(mask, true, to, length);
  }
}

/** Entries `from` to `to`. The numbers come one by one: from an object or a closure V8 would read them anew for each entry. */
function move(
  { values, first, second }: Moments,
  gradient: Float32Array,
  from: number,
  to: number,
  scale: number,
  beta1: number,
  beta2: number,
  size: number,
  inverse: number,
  kept: number,
  epsilon: number,
): void {
  const [new1, new2] = [1 - beta1, 1 - beta2];
  for (let i = from; i < to; i++) {
    const g = gradient[i] * scale;
    const mean = beta1 * first[i] + new1 * g;
    const square = beta2 * second[i] + new2 * g * g;
    first[i] = mean;
    second[i] = square;
    values[i] = values[i] * kept - (size * mean) / (Math.sqrt(square) * inverse + epsilon);
  }
}

/** The first entry at or after `from` that moves, or that does not; `length` where there is none. */
function next(mask: Uint8Array | undefined, moves: boolean, from: number, length: number): number {
  if (mask === undefined) return moves ? from : length;
  let at = from;
  while (at < length && (mask[at] !== 0) !== moves) at++;
  return at;
}

/** A whole power by multiplications alone: Math.pow may differ between platforms. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; left = Math.floor(left / 2), square *= square) if (left % 2 === 1) result *= square;
  return result;
}

/** Factor that brings gradients of this joint norm down to `most`, as torch's `clip_grad_norm_`; 1 where it is below. */
export const clipFactor = (norm: number, most: number): number => Math.min(1, most / (norm + 1e-6));

/**
 * Sum of the squares of all gradients, in float64.
 * @param masks entries that do not move do not count
 */
export function squaresOf(gradients: readonly Float32Array[], masks: readonly (Uint8Array | undefined)[]): number {
  // no closure: V8 would put the sum on the heap anew for each entry
  let squares = 0;
  for (let n = 0; n < gradients.length; n++) {
    const [gradient, mask] = [gradients[n], masks[n]];
    if (mask === undefined) for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
    else for (let i = 0; i < gradient.length; i++) if (mask[i] !== 0) squares += gradient[i] * gradient[i];
  }
  return squares;
}
