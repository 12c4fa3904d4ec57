import { uniformInt } from "pure-rand/distribution/uniformInt";
import { mersenne } from "pure-rand/generator/mersenne";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { OptionError } from "./errors.js";

/**
 * Random numbers from a seed: the same seed gives the same bytes on every platform.
 *
 * @param seed integer in [0, 2^32)
 * @throws OptionError for any other seed
 */
export function seeded(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw new OptionError("seed", seed, "an integer in [0, 2^32)");
  return new Random(mersenne(seed));
}

/** A stream of random numbers (MT19937). Made by {@link seeded}. */
export class Random {
  #spare: number | undefined;

  constructor(private readonly generator: RandomGenerator) {}

  /** A number in [0, 1) with 53 random bits: the numbers of NumPy's `RandomState(seed).random_sample()`. */
  uniform(): number {
    const high = this.generator.next() >>> 5;
    const low = this.generator.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** An integer in [0, n), each equally likely. `n` is at most 2^32. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new OptionError("n", n, "an integer in [1, 2^32]");
    return uniformInt(this.generator, 0, n - 1);
  }

  /** A draw from the standard normal distribution (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * logarithm(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }

  /** Shuffles `array` in place and returns it; every order is equally likely. */
  shuffle<T extends unknown[] | Uint32Array | Int32Array | Float32Array | Float64Array>(array: T): T {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = array[i];
      array[i] = array[j];
      array[j] = kept;
    }
    return array;
  }

  /** `k` different integers of [0, n), in the order of their drawing. Takes memory for k, not for n. */
  sample(n: number, k: number): Uint32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 32) throw new OptionError("n", n, "an integer in [0, 2^32]");
    if (!Number.isInteger(k) || k < 0 || k > n) throw new OptionError("k", k, `an integer in [0, ${n}]`);
    const moved = new Map<number, number>();
    return Uint32Array.from({ length: k }, (_, i) => {
      const j = i + this.integer(n - i);
      const drawn = moved.get(j) ?? j;
      moved.set(j, moved.get(i) ?? i);
      return drawn;
    });
  }
}

const view = new DataView(new ArrayBuffer(8));

/** Natural logarithm of a normal positive number, from exactly rounded operations alone: Math.log may differ between platforms. */
function logarithm(x: number): number {
  view.setFloat64(0, x);
  const word = view.getUint32(0);
  let exponent = (word >>> 20) - 1023;
  view.setUint32(0, (word & 0xfffff) | (1023 << 20));
  let mantissa = view.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let series = 0;
  for (let odd = 25; odd >= 1; odd -= 2) series = series * square + 1 / odd;
  return exponent * Math.LN2 + 2 * ratio * series;
}
