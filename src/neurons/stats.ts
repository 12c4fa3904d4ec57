/** @file Mean and variance of a site over many texts, in memory that does not grow with them. */
import { type ColumnTable, table } from "arquero";
import { measureTexts } from "../engine/measure-texts.js";
import type { Model } from "../engine/model.js";
import { checkPositions, type Positions } from "../engine/positions.js";
import type { Prompt } from "../engine/prompts.js";
import { textsOf } from "../engine/score.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError } from "../errors.js";
import { matchSites, NEURON_SITE, type SiteKind, siteShape } from "../models/sites.js";
import { RunningMoments } from "./running-moments.js";

export interface StatsOptions extends RunOptions {
  /** one kind, e.g. `"hook_resid_post"`; default the neurons, `"blocks.N.mlp.hook_post"` */
  site?: string;
  /** default `"all"` */
  positions?: Positions;
  completions?: readonly (string | readonly number[] | Int32Array)[];
  chat?: boolean;
}

/** Moments of every unit of a site kind. Made by {@link stats}. */
export class SiteStatistics {
  constructor(
    readonly site: SiteKind,
    /** 1 for a kind without layers */
    readonly layers: number,
    readonly units: number,
    /** positions counted */
    readonly count: number,
    /** `(layers, units)` float64 */
    readonly mean: Float64Array,
    /** `(layers, units)` float64; divided by the count */
    readonly variance: Float64Array,
  ) {}

  /** Standard deviations, `(layers, units)` float64. */
  get std(): Float64Array {
    return this.variance.map(Math.sqrt);
  }

  /** Mean vectors by layer, as the `mean` intervention takes them. */
  means(): ReadonlyMap<number, Float32Array> {
    const { units } = this;
    return new Map(Array.from({ length: this.layers }, (_, l) => [l, Float32Array.from(this.mean.subarray(l * units, (l + 1) * units))]));
  }

  /** Columns `layer`, `unit`, `mean`, `std`. */
  table(): ColumnTable {
    const { layers, units } = this;
    const index = Array.from({ length: layers * units }, (_, i) => i);
    return table({
      layer: Uint32Array.from(index, (i) => Math.floor(i / units)),
      unit: Uint32Array.from(index, (i) => i % units),
      mean: this.mean,
      std: this.std,
    });
  }
}

/**
 * Streams texts through a model and keeps count, mean and variance of each unit (merged in float64).
 * @throws OptionError when no position is counted; SiteError
 */
export async function stats(model: Model, prompts: readonly Prompt[], options: StatsOptions = {}): Promise<SiteStatistics> {
  const positions = checkPositions(options.positions ?? "all");
  const kinds = new Set(matchSites(options.site ?? NEURON_SITE, model.config).map((site) => site.kind));
  if (kinds.size !== 1) throw new OptionError("site", options.site, "a name that means one kind of site");
  const [kind] = kinds;
  const { units } = siteShape(kind, model.config);
  const layers = kind.startsWith("blocks.") ? model.config.layers : 1;
  const moments = new RunningMoments(layers * units);
  const texts = await textsOf(model, prompts, options);
  await measureTexts([model], texts, kind, positions, options, ({ count, sums, deviations }) => {
    moments.merge({ count, mean: Float64Array.from(sums, (x) => x / count), m2: deviations });
  });
  if (moments.count === 0) throw new OptionError("positions", options.positions, "positions that these texts have");
  const { count, mean, variance } = moments.result();
  return new SiteStatistics(kind, layers, units, count, mean, variance);
}
