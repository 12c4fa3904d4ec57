/** @file How alike rankings of neurons are, with an interval: differences between groups of pairs decide claims about kinds of objectives. */
import { OptionError } from "../errors.js";
import { type BootstrapOptions, bootstrap, type Estimate } from "../statistics/estimate.js";
import { averageRanks } from "../statistics/rank-correlation.js";
import type { NeuronScores } from "./neuron-scores.js";

export type RankingPair = readonly [NeuronScores, NeuronScores];

export interface AgreementOptions extends BootstrapOptions {
  /** `spearman`: rank correlation over all ranked neurons; `overlap`: share of the top that is in the other's top too */
  readonly measure: "spearman" | "overlap";
  /** pairs whose mean agreement is subtracted; default none */
  readonly less?: readonly RankingPair[];
  /** share or count of the top, default 0.05 */
  readonly top?: number;
}

/**
 * Mean agreement of pairs of rankings, less that of other pairs, with the interval of drawing neurons again, the same ones for all pairs. It tells what
 * depends on few neurons from what does not; training and prompts are other sources of chance.
 *
 * @throws OptionError for no pair, and where rankings are of different neurons
 */
export function rankingAgreement(pairs: readonly RankingPair[], options: AgreementOptions): Estimate {
  const { measure, less = [], top = 0.05, ...draws } = options;
  if (measure !== "spearman" && measure !== "overlap") throw new OptionError("measure", measure, '"spearman" or "overlap"');
  if (pairs.length === 0) throw new OptionError("pairs", "none", "at least one");
  const all = [...new Set([...pairs, ...less].flat())];
  const ranked = all[0]!.ranked().sort();
  for (const one of all)
    if (one.neurons !== all[0]!.neurons || String(one.ranked().sort()) !== String(ranked))
      throw new OptionError("pairs", `${one}`, `rankings of the neurons of ${all[0]}`);
  const columns = new Map(all.map((one) => [one, measure === "spearman" ? centredRanks(one, ranked) : members(one, ranked, top)]));
  const agreement = measure === "spearman" ? correlation : dice;
  return bootstrap(
    ranked.length,
    (counts) => {
      const mean = (group: readonly RankingPair[]) =>
        group.reduce((sum, [one, other]) => sum + agreement(columns.get(one)!, columns.get(other)!, counts), 0) / group.length;
      return mean(pairs) - (less.length === 0 ? 0 : mean(less));
    },
    draws,
  );
}

const centredRanks = (scores: NeuronScores, ranked: Uint32Array): Float64Array => {
  const ranks = averageRanks(Float32Array.from(ranked, (one) => scores.values[one]!));
  return ranks.map((rank) => rank - (ranks.length + 1) / 2);
};

const members = (scores: NeuronScores, ranked: Uint32Array, top: number): Float64Array => {
  const mask = scores.top(top).mask();
  return Float64Array.from(ranked, (one) => mask[one]!);
};

function correlation(x: Float64Array, y: Float64Array, counts: Uint32Array): number {
  let [sumX, sumY, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < counts.length; i++) {
    const [cx, cy] = [counts[i]! * x[i]!, counts[i]! * y[i]!];
    sumX += cx;
    sumY += cy;
    xx += cx * x[i]!;
    yy += cy * y[i]!;
    xy += cx * y[i]!;
  }
  const n = counts.length;
  return (xy - (sumX * sumY) / n) / Math.sqrt((xx - sumX ** 2 / n) * (yy - sumY ** 2 / n));
}

/** |A and B| by the mean size of both: the overlap where both are as large, which draws change a little. */
function dice(x: Float64Array, y: Float64Array, counts: Uint32Array): number {
  let [both, sizes] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    both += counts[i]! * x[i]! * y[i]!;
    sizes += counts[i]! * (x[i]! + y[i]!);
  }
  return (2 * both) / sizes;
}
