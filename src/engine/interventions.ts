/**
 * @file Interventions are plain values passed to a call: nothing is registered on a model, so nothing can leak. This file says what
 * they are; neurons/ has the functions that make them and lanes.ts turns them into rows of a batch and inputs of the graph.
 */
import type { SiteKind } from "../models/sites.js";
import type { Model } from "./model.js";
import type { SiteFunction } from "./plan.js";
import type { Positions } from "./positions.js";
import type { Prompt } from "./prompts.js";

/** Which values of which site. */
export interface Target {
  readonly kind: SiteKind;
  /** ascending; `[0]` for a kind without layers */
  readonly layers: readonly number[];
  /** layer -> units (neurons, or head x dim counted on); undefined = every unit */
  readonly units?: ReadonlyMap<number, readonly number[]>;
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
      /** one number, or values for all units by layer */
      readonly scale: number | ReadonlyMap<number, Float32Array>;
      readonly shift: number | ReadonlyMap<number, Float32Array>;
    }
  | { readonly type: "custom"; readonly target: Target; readonly positions: Positions; readonly apply: SiteFunction };
