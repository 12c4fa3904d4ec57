/**
 * @file Interventions are plain values passed to a call: nothing is registered on a model, so nothing can leak. This file says what
 * they are; neurons/ has the functions that make them and lanes.ts turns them into rows of a batch and inputs of the graph.
 */
import type { Model } from "./model.js";
import type { SiteFunction } from "./plan.js";
import type { Positions } from "./positions.js";
import type { Prompt } from "./prompts.js";

/** Which values of which sites; resolved against the model of the call. */
export interface Target {
  /** site name, kind or glob, e.g. `"blocks.*.mlp.hook_post"` */
  readonly site: string;
  /** keep these layers only; negative ones count from the end */
  readonly layers?: readonly number[];
  /** units (neurons, dims; for q, k, v and z `head * size + dim`) of every layer, or by layer; default: all */
  readonly units?: readonly number[] | ReadonlyMap<number, readonly number[]>;
  /** whole heads of q, k, v, z or the pattern */
  readonly heads?: readonly number[];
  /** the shape that a set of neurons was made for; another model is refused */
  readonly madeFor?: { readonly layers: number; readonly units: number };
}

/** Values of whole sites at positions of prompts, e.g. what `capture` returned. */
export interface SavedValues {
  readonly site: string;
  /** `(rows, …units)` */
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** prompt and position of each row */
  readonly rows: readonly { readonly prompt: number; readonly position: number }[];
}

/** One number; one vector `(units,)` for every layer; or a vector by layer. */
export type UnitValues = number | Float32Array | ReadonlyMap<number, Float32Array>;

/** Where a patch takes its values from. */
export type PatchSource =
  /** another model that reads the same text in lock step, with its own key/value cache */
  | { readonly type: "model"; readonly model: Model }
  /** other prompts (one for all, or one for each), read by the same model or another on the same weights */
  | { readonly type: "prompts"; readonly prompts: readonly Prompt[]; readonly model?: Model; readonly positions?: Positions }
  /** saved activations, one for each site of the target */
  | { readonly type: "saved"; readonly values: readonly SavedValues[] };

export type Intervention =
  | { readonly type: "patch"; readonly target: Target; readonly positions: Positions; readonly source: PatchSource }
  | {
      /** `value * scale + shift` */
      readonly type: "affine";
      readonly target: Target;
      readonly positions: Positions;
      readonly scale: UnitValues;
      readonly shift: UnitValues;
    }
  | { readonly type: "custom"; readonly target: Target; readonly positions: Positions; readonly apply: SiteFunction };
