/** @file Student's t: confidence intervals of a mean over few runs, e.g. training seeds. */
import { OptionError } from "../errors.js";
import type { Estimate } from "./causal-effect.js";

/**
 * Mean of a few independent runs with its confidence interval by Student's t (arXiv 2406.14144, figure 2: 95 % over five seeds). One run
 * alone has no interval: `low` and `high` are NaN.
 *
 * @param level coverage, default 0.95
 * @throws OptionError for no value, values that are not finite, or a level outside (0, 1)
 */
export function meanOverRuns(values: readonly number[], level = 0.95): Estimate {
  if (values.length === 0) throw new OptionError("values", "none", "one value a run");
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new OptionError(`values[${wrong}]`, values[wrong], "a finite number");
  if (!(level > 0 && level < 1)) throw new OptionError("level", level, "a coverage in (0, 1)");
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (n - 1);
  const half = tQuantile((1 + level) / 2, n - 1) * Math.sqrt(variance / n);
  return { value, low: value - half, high: value + half };
}

/** @param p in [0.5, 1) */
function tQuantile(p: number, freedom: number): number {
  if (freedom < 1) return Number.NaN;
  let [low, high] = [0, 1];
  while (tWithin(high, freedom) < 2 * p - 1) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (tWithin(middle, freedom) < 2 * p - 1) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of |T| < t for whole degrees of freedom: Abramowitz and Stegun, 26.7.3 and 26.7.4. */
function tWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let i = odd ? 3 : 2; i < freedom; i += 2) {
    term *= (cosine * cosine * (i - 1)) / i;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
