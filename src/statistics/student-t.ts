/** @file Tests and confidence intervals by Student's t distribution (jstat computes the distribution). */
import jstat from "jstat";
import { OptionError, ShapeError } from "../errors.js";
import type { Estimate } from "./estimate.js";
import { spearman } from "./rank-correlation.js";

const { ibeta, studentt } = jstat.jStat;

/** Student's t test of a mean difference. */
export interface TTest {
  readonly t: number;
  readonly degreesOfFreedom: number;
  /** two-sided */
  readonly p: number;
  /** mean of `second - first` with its t confidence interval */
  readonly difference: Estimate;
}

export interface LevelOption {
  /** coverage of the confidence interval, default 0.95 */
  readonly level?: number;
}

/**
 * Paired t test, two-sided, of whether the mean of `second - first` is 0, e.g. of the costs of the same prompts under two models. Where
 * all differences are equal t is infinite (p 0), or NaN where they are 0.
 *
 * @throws ShapeError for unequal lengths; OptionError below two pairs and for values that are not finite
 */
export function pairedTTest(first: ArrayLike<number>, second: ArrayLike<number>, options: LevelOption = {}): TTest {
  if (first.length !== second.length)
    throw new ShapeError("pairedTTest", `${first.length} values against ${second.length}`, [[first.length], [second.length]]);
  const differences = Float64Array.from(first, (value, i) => second[i] - value);
  const difference = tEstimate(differences, options);
  if (differences.length < 2) throw new OptionError("pairs", differences.length, "at least 2");
  const t = difference.value / standardError(differences, difference.value);
  const degreesOfFreedom = differences.length - 1;
  return { t, degreesOfFreedom, p: twoSided(t, degreesOfFreedom), difference };
}

/**
 * Mean of independent values with its t confidence interval, e.g. a causal effect over training seeds. One value has the interval
 * from minus to plus infinity.
 *
 * @throws OptionError for no values and for values that are not finite
 */
export function tEstimate(values: ArrayLike<number>, { level = 0.95 }: LevelOption = {}): Estimate {
  const count = values.length;
  if (count === 0) throw new OptionError("values", "none", "at least one");
  const wrong = Array.prototype.findIndex.call(values, (value: number) => !Number.isFinite(value));
  if (wrong >= 0) throw new OptionError(`values[${wrong}]`, values[wrong], "a finite number");
  if (!(level > 0 && level < 1)) throw new OptionError("level", level, "a coverage in (0, 1)");
  const value = meanOf(values);
  const half = count === 1 ? Number.POSITIVE_INFINITY : studentt.inv((1 + level) / 2, count - 1) * standardError(values, value);
  return { value, low: value - half, high: value + half };
}

/** Spearman's rank correlation with the two-sided p of no monotone relation. */
export interface RankCorrelation {
  readonly rho: number;
  /** By the t distribution with n - 2 degrees of freedom, as SciPy; rough below ten pairs. */
  readonly p: number;
  readonly count: number;
}

/** {@link spearman} with its p value; both are NaN below two pairs and where one side does not vary, p also with two pairs. */
export function rankCorrelation(first: ArrayLike<number>, second: ArrayLike<number>): RankCorrelation {
  const rho = spearman(first, second);
  const degreesOfFreedom = first.length - 2;
  // rounding may leave |rho| a little above 1
  const t = rho * Math.sqrt(degreesOfFreedom / Math.max(0, (1 - rho) * (1 + rho)));
  return { rho, p: degreesOfFreedom < 1 ? Number.NaN : twoSided(t, degreesOfFreedom), count: first.length };
}

/** Probability of a |t| at least as large; keeps its relative precision far out in the tails. */
function twoSided(t: number, degreesOfFreedom: number): number {
  return Number.isFinite(t) ? ibeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) : Number.isNaN(t) ? t : 0;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function standardError(values: ArrayLike<number>, mean: number): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
