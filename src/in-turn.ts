/** @file One thing after the other. */

/**
 * Calls `step` with each item, the next when the last is done, so that models are not asked for two things at once and a progress bar tells the truth.
 *
 * @returns the results in order
 */
export async function inTurn<T, R>(items: Iterable<T>, step: (item: T, index: number) => R | Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await step(item, results.length));
  return results;
}
