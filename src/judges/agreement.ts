/** @file How well scores agree with labels, values or preferences. */
import { OptionError, ShapeError } from "../errors.js";
import { bootstrap, type Estimate, type GroupedBootstrap, meanEstimate } from "../statistics/estimate.js";
import { spearman } from "../statistics/rank-correlation.js";

/** Scores against yes or no. */
export interface BinaryAgreement {
  readonly kind: "binary";
  readonly count: number;
  /** items that are true */
  readonly positives: number;
  /** share on the right side of the threshold */
  readonly accuracy: Estimate;
  /** mean of the shares right among the true and among the false ones */
  readonly balancedAccuracy: Estimate;
  /** share of true items above the threshold, and of false ones not above it */
  readonly sensitivity: Estimate;
  readonly specificity: Estimate;
  /** chance that a true item scores higher than a false one, ties half */
  readonly auc: Estimate;
}

/** Scores against numbers. */
export interface RealAgreement {
  readonly kind: "real";
  readonly count: number;
  readonly pearson: Estimate;
  readonly spearman: number;
  readonly meanSquaredError: Estimate;
}

/** Scores of pairs, the better one first. */
export interface PairAgreement {
  readonly kind: "pairs";
  readonly count: number;
  /** share of pairs whose better answer scores higher, ties half */
  readonly accuracy: Estimate;
}

export type Agreement = BinaryAgreement | RealAgreement | PairAgreement;

/**
 * Scores against yes or no, with bootstrap intervals: e.g. costs against labels of harm.
 * @param scores `(items,)`, finite
 * @param options `threshold`: a score above it says yes, default 0
 * @throws ShapeError for another number of labels; OptionError for scores that are not finite, or none
 */
export function binaryAgreement(
  scores: ArrayLike<number>,
  labels: readonly boolean[],
  { threshold = 0, ...options }: GroupedBootstrap & { threshold?: number } = {},
): BinaryAgreement {
  const count = checked(scores, labels.length);
  const right = labels.map((label, i) => (scores[i] > threshold === label ? 1 : 0));
  const share = (counts: Uint32Array, of: boolean) => {
    let [sum, total] = [0, 0];
    for (let i = 0; i < count; i++)
      if (labels[i] === of) {
        sum += counts[i] * right[i];
        total += counts[i];
      }
    return sum / total;
  };
  const sensitivity = (counts: Uint32Array) => share(counts, true);
  const specificity = (counts: Uint32Array) => share(counts, false);
  return {
    kind: "binary",
    count,
    positives: labels.filter(Boolean).length,
    accuracy: meanEstimate(right, options),
    balancedAccuracy: bootstrap(count, (counts) => (sensitivity(counts) + specificity(counts)) / 2, options),
    sensitivity: bootstrap(count, sensitivity, options),
    specificity: bootstrap(count, specificity, options),
    auc: bootstrap(count, areaUnderCurve(scores, labels), options),
  };
}

/**
 * Scores against numbers, with bootstrap intervals: e.g. a cost model against a second judge. Pearson's correlation is NaN where one side
 * does not vary.
 * @throws ShapeError for another number of values; OptionError for scores that are not finite, or none
 */
export function realAgreement(scores: ArrayLike<number>, values: ArrayLike<number>, options: GroupedBootstrap = {}): RealAgreement {
  const count = checked(scores, values.length);
  return {
    kind: "real",
    count,
    pearson: bootstrap(count, (counts) => pearson(scores, values, counts), options),
    spearman: spearman(scores, values),
    meanSquaredError: meanEstimate(
      Array.from({ length: count }, (_, i) => (scores[i] - values[i]) ** 2),
      options,
    ),
  };
}

/**
 * Scores of pairs, the better one of each first.
 * @throws as {@link realAgreement}
 */
export function pairAgreement(better: ArrayLike<number>, worse: ArrayLike<number>, options: GroupedBootstrap = {}): PairAgreement {
  const count = checked(better, worse.length);
  const won = Array.from({ length: count }, (_, i) => (better[i] > worse[i] ? 1 : better[i] === worse[i] ? 0.5 : 0));
  return { kind: "pairs", count, accuracy: meanEstimate(won, options) };
}

function checked(scores: ArrayLike<number>, count: number): number {
  if (scores.length !== count) throw new ShapeError("agreement", `${scores.length} scores for ${count} labels`, [[scores.length], [count]]);
  const wrong = Array.prototype.findIndex.call(scores, (score: number) => !Number.isFinite(score));
  if (wrong >= 0) throw new OptionError(`scores[${wrong}]`, scores[wrong], "a finite number");
  if (count === 0) throw new OptionError("scores", "none", "at least one");
  return count;
}

/** Pearson's correlation of a weighted sample; NaN where one side does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>, counts: ArrayLike<number>): number {
  let [n, mx, my, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const w = counts[i];
    if (w === 0) continue;
    n += w;
    const [dx, dy] = [x[i] - mx, y[i] - my];
    mx += (w * dx) / n;
    my += (w * dy) / n;
    xx += w * dx * (x[i] - mx);
    yy += w * dy * (y[i] - my);
    xy += w * dx * (y[i] - my);
  }
  return xy / Math.sqrt(xx * yy);
}

/** Of a weighted sample; NaN without items of both kinds. Sorted once; a draw takes one walk. */
export function areaUnderCurve(scores: ArrayLike<number>, labels: readonly boolean[]): (counts: ArrayLike<number>) => number {
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  return (counts) => {
    let [below, won, positives] = [0, 0, 0];
    for (let start = 0, end = 0; start < order.length; start = end) {
      let [up, down] = [0, 0];
      for (; end < order.length && scores[order[end]] === scores[order[start]]; end++) {
        if (labels[order[end]]) up += counts[order[end]];
        else down += counts[order[end]];
      }
      won += up * (below + down / 2);
      positives += up;
      below += down;
    }
    return won / (positives * below);
  };
}
