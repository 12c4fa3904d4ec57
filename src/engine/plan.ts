/**
 * @file A plan says which graph a call needs: what is scaled, changed, captured and computed. Calls with equal plans share a
 * session. Neuron sets, values, positions and lanes are inputs and no part of a plan, so that sweeping over them costs nothing.
 */
import type { Tensor } from "../graph/index.js";
import type { AttentionForm } from "../models/attention.js";
import type { Module } from "../models/decoder.js";
import type { Site, SiteKind } from "../models/sites.js";

/** A TypeScript function over graph ops that is compiled into the graph: gets the site's value, returns what replaces it. */
export type SiteFunction = (value: Tensor, site: Site) => Tensor;

/**
 * A place in the graph where values are replaced.
 * - `lane`: rows of another lane or position of the same batch
 * - `affine`: `value * scale + shift`
 * - `given`: values fed from outside (a saved capture, or a model with other weights in lock step)
 * - `custom`: a function over graph ops
 */
export interface Slot {
  readonly type: "lane" | "affine" | "given" | "custom";
  readonly kind: SiteKind;
  readonly layers: readonly number[];
  readonly apply?: SiteFunction;
}

/** Sums over positions, taken inside the graph. `pair`: the batch is first models' lanes, then as many second models' lanes. */
export interface Statistics {
  readonly kind: SiteKind;
  /** `single` one model; `pair` two lanes of one batch; `given` the second model's values are fed */
  readonly compare: "single" | "pair" | "given";
  /** sums of absolute values too */
  readonly absolute?: boolean;
}

export interface Plan {
  readonly attention: AttentionForm;
  /** adapter scales that are inputs, sorted */
  readonly scaled: readonly { module: Module; side: "input" | "output" }[];
  /** LoRA terms whose matrices are inputs, by module, sorted; their ranks are no part of the plan */
  readonly lowRank: readonly { module: Module; layers: readonly number[] }[];
  readonly slots: readonly Slot[];
  /** sites whose rows come out */
  readonly captures: readonly Site[];
  readonly statistics: Statistics | undefined;
  /** next token, logits and log-probabilities of targets at the chosen rows */
  readonly head: boolean;
  /** the key/value cache comes out, for further steps */
  readonly cache: boolean;
}

/** Names of inputs and outputs of a plan's graph beyond the decoder's own. */
export const PLAN = {
  scale: (module: Module, side: string) => `scale.${module}.${side}`,
  lowRank: (module: Module, layer: number, matrix: "a" | "b") => `lora.${module}.${layer}.${matrix}`,
  /** `(batch, 1, ranks)` float32, 1 at the ranks that belong to the lane's model */
  rankMask: (module: Module) => `lora.${module}.lanes`,
  slot: (index: number, what: "mask" | "source" | "scale" | "shift" | "where") => `slot.${index}.${what}`,
  given: (index: number, layer: number) => `slot.${index}.given.${layer}`,
  captureRows: "capture.rows",
  capture: (name: string) => `site.${name}`,
  /** `(scored,)` int64: which of the rows get a log-probability */
  scored: "scored",
  /** `(scored,)` int64: the token whose log-probability is wanted */
  targets: "targets",
  /** `(1, positions)` float32, 1 where a position counts */
  statsWeight: "stats.weight",
  /** scalar float32, number of positions that count */
  statsCount: "stats.count",
  statsGiven: (layer: number) => `stats.given.${layer}`,
  /** `(models, layers, units)` */
  statsSum: "stats.sum",
  /** `(models, layers, units)`: squared deviations from this batch's mean */
  statsDeviation: "stats.deviation",
  /** `(models, layers, units)`: sums of absolute values */
  statsAbsolute: "stats.absolute",
  /** `(layers, units)`: sum of squared differences of the two models */
  statsChange: "stats.change",
} as const;

const functionIds = new WeakMap<SiteFunction, number>();
let functionCount = 0;

function functionId(f: SiteFunction): number {
  const known = functionIds.get(f) ?? ++functionCount;
  functionIds.set(f, known);
  return known;
}

/** Equal for plans whose graphs are equal. A custom function counts by identity. */
export function planKey(plan: Plan): string {
  const slots = plan.slots.map((s) => [s.type, s.kind, s.layers.join(), s.apply ? functionId(s.apply) : 0].join(":"));
  const { attention, scaled, lowRank, statistics, head, cache } = plan;
  return JSON.stringify([attention, scaled, lowRank, slots, plan.captures.map((c) => c.name), statistics, head, cache]);
}
