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
  const drawn = measure === "spearman" ? correlations(all, ranked) : overlaps(all, ranked, top);
  return bootstrap(
    ranked.length,
    (counts) => {
      const agreement = drawn(counts);
      const mean = (group: readonly RankingPair[]) => group.reduce((sum, [one, other]) => sum + agreement(one, other), 0) / group.length;
      return mean(pairs) - (less.length === 0 ? 0 : mean(less));
    },
    draws,
  );
}

/** Agreement of two rankings where each neuron counts as often as it was drawn. */
type Drawn = (counts: Uint32Array) => (one: NeuronScores, other: NeuronScores) => number;

function correlations(all: readonly NeuronScores[], ranked: Uint32Array): Drawn {
  const columns = new Map(
    all.map((one) => [one, { ranks: centredRanks(one, ranked), weighted: new Float64Array(ranked.length), sum: 0, squares: 0 }]),
  );
  const n = ranked.length;
  return (counts) => {
    for (const column of columns.values()) {
      const { ranks, weighted } = column;
      let [sum, squares] = [0, 0];
      for (let i = 0; i < n; i++) {
        const value = counts[i]! * ranks[i]!;
        weighted[i] = value;
        sum += value;
        squares += value * ranks[i]!;
      }
      Object.assign(column, { sum, squares });
    }
    return (one, other) => {
      const [x, y] = [columns.get(one)!, columns.get(other)!];
      const { weighted } = x;
      const { ranks } = y;
      let products = 0;
      for (let i = 0; i < n; i++) products += weighted[i]! * ranks[i]!;
      return (products - (x.sum * y.sum) / n) / Math.sqrt((x.squares - x.sum ** 2 / n) * (y.squares - y.sum ** 2 / n));
    };
  };
}

/** |A and B| by the mean size of both: the overlap where both are as large, which draws change a little. */
function overlaps(all: readonly NeuronScores[], ranked: Uint32Array, top: number): Drawn {
  const members = new Map(
    all.map((one) => {
      const mask = one.top(top).mask();
      return [one, Array.from(ranked.keys()).filter((i) => mask[ranked[i]!] === 1)];
    }),
  );
  const shared = new Map<NeuronScores, Map<NeuronScores, number[]>>();
  for (const [one, own] of members) {
    const set = new Set(own);
    shared.set(one, new Map(Array.from(members, ([other, its]) => [other, its.filter((i) => set.has(i))])));
  }
  return (counts) => {
    const total = (places: readonly number[]) => places.reduce((sum, i) => sum + counts[i]!, 0);
    const sizes = new Map(Array.from(members, ([one, places]) => [one, total(places)]));
    return (one, other) => (2 * total(shared.get(one)!.get(other)!)) / (sizes.get(one)! + sizes.get(other)!);
  };
}

const centredRanks = (scores: NeuronScores, ranked: Uint32Array): Float64Array => {
  const ranks = averageRanks(Float32Array.from(ranked, (one) => scores.values[one]!));
  return ranks.map((rank) => rank - (ranks.length + 1) / 2);
};
