/** @file What every PEFT adapter of a Llama-family model has in common: its files and the modules that it may touch. */
import { OptionError } from "../errors.js";
import type { JsonObject } from "./json.js";
import type { TensorToWrite } from "./safetensors.js";

/** The part of a block that each module lies in. */
export const blocks = {
  q_proj: "self_attn",
  k_proj: "self_attn",
  v_proj: "self_attn",
  o_proj: "self_attn",
  gate_proj: "mlp",
  up_proj: "mlp",
  down_proj: "mlp",
} as const;

/** A linear layer of a Llama-family block that an adapter can change. */
export type AdapterModule = keyof typeof blocks;

export const configName = "adapter_config.json";
export const weightsName = "adapter_model.safetensors";
/** More layers than any model has. */
export const maxLayers = 4096;

/** What identifies an adapter, of whatever kind. */
export interface AdapterIdentity {
  /** As the user gave it. */
  readonly name: string;
  /** Absolute; empty for one that lies in no folder. */
  readonly folder: string;
  /** sha256 hex of the weights file. */
  readonly digest: string;
}

/** A module's path in a causal language model, as PEFT names it: `model.layers.0.self_attn.q_proj`. */
export const modulePath = (layer: number, module: AdapterModule): string => `model.layers.${layer}.${blocks[module]}.${module}`;

/** How PEFT's names of a module's tensors begin. */
export const moduleKey = (layer: number, module: AdapterModule): string => `base_model.model.${modulePath(layer, module)}`;

/**
 * Checks a place that is to be written, and enters it into `seen`.
 * @returns the place in words
 * @throws OptionError for an unknown module, a layer that makes no sense, or a place that was seen
 */
export function checkPlace(option: string, layer: number, module: AdapterModule, seen: Set<string>): string {
  const at = `layer ${layer} ${module}`;
  if (!Object.hasOwn(blocks, module)) throw new OptionError(option, module, `a module of ${Object.keys(blocks).join(", ")}`);
  if (!Number.isInteger(layer) || layer < 0 || layer >= maxLayers) throw new OptionError(option, layer, "a layer from 0 on");
  if (seen.has(at)) throw new OptionError(option, at, "each layer and module once");
  seen.add(at);
  return at;
}

/** An adapter's tensors by PEFT's names, and the fields of its configuration that say how they are used. */
export interface PeftForm {
  readonly tensors: Readonly<Record<string, TensorToWrite>>;
  /** fields that a user may override */
  readonly defaults: JsonObject;
  readonly fields: JsonObject;
}
