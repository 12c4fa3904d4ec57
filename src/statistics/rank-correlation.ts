import { ShapeError } from "../errors.js";

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ties taking the mean of their ranks. NaN below two pairs and where
 * all values of one side are equal.
 *
 * @throws ShapeError for unequal lengths
 */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): number {
  if (first.length !== second.length)
    throw new ShapeError("spearman", `${first.length} values against ${second.length}`, [[first.length], [second.length]]);
  const [x, y] = [averageRanks(first), averageRanks(second)];
  const middle = (x.length + 1) / 2;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - middle;
    const dy = y[i]! - middle;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** The rank of each value, counted from 1, ascending; equal values share the mean of their ranks. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
  }
  return ranks;
}
