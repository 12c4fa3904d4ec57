/** @file Draws from seeded streams. */
import { OptionError } from "../errors.js";
import { type Random, seeded } from "../random.js";

/**
 * The random numbers of one named purpose: streams of one seed and different names have nothing in common.
 * @throws OptionError for a seed that is no integer in [0, 2^32)
 */
export function stream(name: string, seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw new OptionError("seed", seed, "an integer in [0, 2^32)");
  // FNV-1a
  let hash = 0x811c9dc5;
  for (const letter of `${name}:${seed}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return seeded(hash >>> 0);
}

export function pick<T>(list: readonly T[], random: Random): T {
  return list[random.integer(list.length)]!;
}

/** One of the keys, with probability proportional to its weight. */
export function pickWeighted<T extends string>(weights: Readonly<Record<T, number>>, random: Random): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = random.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries.at(-1)![0];
}
