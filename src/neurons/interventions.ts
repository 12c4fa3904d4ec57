/**
 * @file Interventions as values: each function returns a plain description that is passed to a call
 * (`generate(model, prompts, { interventions: [patch(neurons, donor)] })`). They act in the order given.
 */
import type { Intervention, SavedValues, Target, UnitValues } from "../engine/interventions.js";
import { Model } from "../engine/model.js";
import type { SiteFunction } from "../engine/plan.js";
import type { Positions } from "../engine/positions.js";
import type { Prompt } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import { NEURON_SITE } from "../models/sites.js";
import { NeuronSet } from "./neuron-set.js";

/** Neurons, a site by name or glob, or a site with layers, units or heads. */
export type Where = NeuronSet | string | Target;

export interface At {
  /** tokens at which to act; default `"all"`, prompt included, as the paper patches */
  positions?: Positions;
}

/** Other prompts as a source: one for all, or one for each prompt of the call. */
export interface OtherPrompts {
  readonly prompts: Prompt | readonly Prompt[];
  /** default: the model of the call; else one on the same weights */
  readonly model?: Model;
  /** tokens of the source, as many as are patched and taken in order; default: the positions that are patched */
  readonly positions?: Positions;
}

/**
 * Replaces values by those of a source. The source is never patched itself.
 * @param from another model, which reads the same growing text in lock step with its own key/value cache (dynamic activation patching,
 *   paper section 3); other prompts (clean into corrupt); or saved activations, one for each site
 * @throws OptionError for a source of another kind
 */
export function patch(
  where: Where,
  from: Model | OtherPrompts | SavedValues | readonly SavedValues[],
  { positions = "all" }: At = {},
): Intervention {
  const target = targetOf(where);
  if (from instanceof Model) return { type: "patch", target, positions, source: { type: "model", model: from } };
  if (typeof from !== "object" || from === null) throw new OptionError("from", from, "a model, { prompts } or activations");
  if ("prompts" in from) {
    const prompts = isPrompt(from.prompts) ? [from.prompts] : from.prompts;
    return { type: "patch", target, positions, source: { type: "prompts", prompts, model: from.model, positions: from.positions } };
  }
  const values = Array.isArray(from) ? (from as readonly SavedValues[]) : [from as SavedValues];
  return { type: "patch", target, positions, source: { type: "saved", values } };
}

/** Sets values to 0. */
export const zero = (where: Where, { positions = "all" }: At = {}): Intervention => affine(where, positions, 0, 0);

/**
 * Sets values to their means.
 * @param means a vector for each layer, as `stats(…).means()` gives them, or one for every layer
 */
export const mean = (where: Where, means: UnitValues, { positions = "all" }: At = {}): Intervention => affine(where, positions, 0, means);

/** Multiplies values by a number, or unit by unit. */
export const scale = (where: Where, by: UnitValues, { positions = "all" }: At = {}): Intervention => affine(where, positions, by, 0);

/** Adds a number or a vector (steering). */
export const add = (where: Where, vector: UnitValues, { positions = "all" }: At = {}): Intervention => affine(where, positions, 1, vector);

/**
 * Compiles a function of graph ops into the graph.
 * @param apply gets the site's value `(batch, time, units)` (`(batch, time, heads, keys)` for the pattern) and returns one of that shape.
 *   Keep one function object for many calls: each new one makes a new session.
 * @example custom("blocks.5.hook_resid_post", (x) => ops.tanh(x))
 */
export function custom(where: string | Omit<Target, "units" | "heads">, apply: SiteFunction, { positions = "all" }: At = {}): Intervention {
  return { type: "custom", target: typeof where === "string" ? { site: where } : where, positions, apply };
}

const affine = (where: Where, positions: Positions, scale: UnitValues, shift: UnitValues): Intervention => ({
  type: "affine",
  target: targetOf(where),
  positions,
  scale,
  shift,
});

function targetOf(where: Where): Target {
  if (typeof where === "string") return { site: where };
  if (!(where instanceof NeuronSet)) return where;
  const units = new Map<number, number[]>();
  for (const [layer, index] of where) units.set(layer, [...(units.get(layer) ?? []), index]);
  return { site: NEURON_SITE, units, madeFor: { layers: where.layers, units: where.neurons } };
}

function isPrompt(value: Prompt | readonly Prompt[]): value is Prompt {
  return !Array.isArray(value) || typeof value[0] === "number";
}
