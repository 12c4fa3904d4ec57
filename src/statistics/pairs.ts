/** @file A figure of pairs, e.g. how well the rankings of two training seeds agree. */
import { OptionError, ShapeError } from "../errors.js";
import type { Estimate } from "./estimate.js";
import { type LevelOption, tEstimate } from "./student-t.js";

/**
 * Mean over all pairs of different things with its confidence interval. Pairs that share a thing are not independent, so the interval
 * comes from leaving out one thing at a time (jackknife, Student's t with one degree of freedom less than there are things), not from the pairs. Two things
 * have one pair, and its interval goes from minus to plus infinity.
 *
 * @param matrix `(things, things)`, symmetric; the diagonal does not count
 * @throws ShapeError for a matrix that is not square; OptionError below two things and for values that are not finite
 */
export function pairsEstimate(matrix: readonly ArrayLike<number>[], options: LevelOption = {}): Estimate {
  const count = matrix.length;
  const wrong = matrix.findIndex((row) => row.length !== count);
  if (wrong >= 0)
    throw new ShapeError("pairsEstimate", `row ${wrong} has ${matrix[wrong]!.length} values, expected ${count}`, [
      [matrix[wrong]!.length],
      [count],
    ]);
  if (count < 2) throw new OptionError("matrix", `${count} things`, "at least two");
  const things = Array.from({ length: count }, (_, i) => i);
  const all = meanOfPairs(matrix, things);
  if (count === 2) return tEstimate([all], options);
  const without = things.map((left) =>
    meanOfPairs(
      matrix,
      things.filter((one) => one !== left),
    ),
  );
  return tEstimate(
    without.map((mean) => count * all - (count - 1) * mean),
    options,
  );
}

function meanOfPairs(matrix: readonly ArrayLike<number>[], things: readonly number[]): number {
  let sum = 0;
  for (const i of things) for (const j of things) if (i < j) sum += matrix[i]![j]!;
  return (2 * sum) / (things.length * (things.length - 1));
}
