/** @file Which examples each step reads: a function of seed and step alone, so that a resumed training needs no other state. */
import { seeded } from "../random.js";

/**
 * Examples of every step of one epoch. Each example comes once; the last step has what is left.
 * @param lengths tokens of each example
 * @param window steps whose examples are sorted by length before they are cut into steps (then the steps are shuffled), so that texts
 *   of one step are about as long as each other; 1 = examples fall into steps at random
 */
export function epochSteps(seed: number, epoch: number, lengths: readonly number[], batch: number, window: number): number[][] {
  // a stream of its own for each epoch: the seed's own stream gives the epochs' seeds
  const source = seeded(seed);
  let own = 0;
  for (let i = 0; i <= epoch; i++) own = source.integer(2 ** 32);
  const random = seeded(own);
  const order = random.shuffle(lengths.map((_, i) => i));
  if (window === 1) return chunks(order, batch);
  const byLength = chunks(order, batch * window).flatMap((part) => part.sort((a, b) => lengths[b] - lengths[a]));
  return random.shuffle(chunks(byLength, batch));
}

/**
 * Parts of a step that go through the model together: examples of like lengths, so that little is padding.
 * @param most padded tokens of one pass; an example alone may have more
 */
export function passesOf(step: readonly number[], lengths: readonly number[], most: number): number[][] {
  const sorted = [...step].sort((a, b) => lengths[b] - lengths[a] || a - b);
  const passes: number[][] = [];
  let longest = 0;
  for (const example of sorted) {
    const last = passes.at(-1);
    if (last && (last.length + 1) * longest <= most) last.push(example);
    else {
      passes.push([example]);
      longest = lengths[example];
    }
  }
  return passes;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
