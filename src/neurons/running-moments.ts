import { OptionError, ShapeError } from "../errors.js";

type Floats = Float32Array | Float64Array;

/** Moments of each unit over one batch of positions. */
export interface BatchMoments {
  /** Positions in the batch; 0 changes nothing. */
  readonly count: number;
  /** `(units)` */
  readonly mean: Floats;
  /** Sum of squared deviations from the batch's own mean, `(units)`. */
  readonly m2: Floats;
}

/** Moments over all positions, `(units)` float64 each; NaN before the first position. */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  /** Divided by the number of positions, not by one less. */
  readonly variance: Float64Array;
  readonly std: Float64Array;
}

/**
 * Mean and variance of many units over any number of batches, in memory for one. Batches are merged by the formula of Chan, Golub and
 * LeVeque (1979), which loses no digits where means are large against deviations.
 */
export class RunningMoments {
  #count = 0;
  readonly #mean: Float64Array;
  readonly #m2: Float64Array;

  constructor(readonly units: number) {
    this.#mean = new Float64Array(units);
    this.#m2 = new Float64Array(units);
  }

  get count(): number {
    return this.#count;
  }

  /** @throws ShapeError for a batch of another number of units; OptionError for a count that is none */
  merge({ count, mean, m2 }: BatchMoments): void {
    checkBatch("RunningMoments", this.units, count, mean, m2);
    if (count === 0) return;
    const total = this.#count + count;
    const share = count / total;
    for (let unit = 0; unit < this.units; unit++) {
      const delta = mean[unit]! - this.#mean[unit]!;
      this.#mean[unit]! += delta * share;
      this.#m2[unit]! += m2[unit]! + delta * delta * this.#count * share;
    }
    this.#count = total;
  }

  result(): Moments {
    const variance = this.#m2.map((sum) => sum / this.#count);
    const mean = this.#count === 0 ? this.#mean.map(() => Number.NaN) : this.#mean.slice();
    return { count: this.#count, mean, variance, std: variance.map(Math.sqrt) };
  }
}

/** Root of the mean square of many units, such as the difference of two models' activations in formula (1), batch by batch. */
export class RunningSquares {
  #count = 0;
  readonly #sum: Float64Array;

  constructor(readonly units: number) {
    this.#sum = new Float64Array(units);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * @param batch.squares sum of squares over the batch's `count` positions, `(units)`
   * @throws ShapeError for a batch of another number of units; OptionError for a count that is none
   */
  merge({ count, squares }: { readonly count: number; readonly squares: Floats }): void {
    checkBatch("RunningSquares", this.units, count, squares);
    for (let unit = 0; unit < this.units; unit++) this.#sum[unit]! += squares[unit]!;
    this.#count += count;
  }

  /** `sqrt(sum / count)`, `(units)`, float64; NaN before the first position. */
  result(): { readonly count: number; readonly root: Float64Array } {
    return { count: this.#count, root: this.#sum.map((sum) => Math.sqrt(sum / this.#count)) };
  }
}

function checkBatch(op: string, units: number, count: number, ...arrays: readonly Floats[]): void {
  if (!Number.isSafeInteger(count) || count < 0) throw new OptionError("count", count, "a number of positions");
  for (const { length } of arrays)
    if (length !== units) throw new ShapeError(`${op}.merge`, `a batch of ${length} units into ${units}`, [[length], [units]]);
}
