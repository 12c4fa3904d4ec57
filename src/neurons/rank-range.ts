import { OptionError } from "../errors.js";

/**
 * How many of `total` ranked neurons `top(p)` selects: below 1 a share, `floor(p * total)`; from 1 on an integer count.
 *
 * @throws OptionError for a negative or fractional count, or one above `total`
 */
export function topCount(p: number, total: number): number {
  if (p >= 0 && p < 1) return Math.floor(p * total);
  if (Number.isInteger(p) && p >= 1 && p <= total) return p;
  throw new OptionError("top", p, `a share in [0, 1) or a count in [1, ${total}]`);
}

/**
 * The half-open range of ranks that `window(from, to)` selects among `total`. When either bound lies strictly between 0 and 1,
 * both are shares, so that `window(0.95, 1)` is the last twentieth; else both are ranks counted from 0.
 *
 * @throws OptionError for bounds out of range or out of order
 */
export function rankWindow(from: number, to: number, total: number): readonly [from: number, to: number] {
  const fraction = (bound: number) => bound > 0 && bound < 1;
  const shares = fraction(from) || fraction(to);
  const most = shares ? 1 : total;
  const valid = (bound: number) => bound >= 0 && bound <= most && (shares || Number.isInteger(bound));
  if (!valid(from) || !valid(to) || from > to)
    throw new OptionError("window", [from, to], `from <= to, both shares in [0, 1] or both ranks in [0, ${total}]`);
  return shares ? [Math.floor(from * total), Math.floor(to * total)] : [from, to];
}
