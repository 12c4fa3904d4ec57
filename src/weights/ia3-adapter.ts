/** @file An (IA)^3 adapter (Liu et al. 2022, arXiv 2205.05638): learned vectors that scale what linear layers read or write. */

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

/** A linear layer of a Llama-family block that an adapter can scale. */
export type Ia3Module = keyof typeof blocks;

/** One learned vector: `values` multiply a linear layer's input or output, feature by feature. */
export interface Ia3Scale {
  /** From 0. */
  readonly layer: number;
  readonly module: Ia3Module;
  readonly side: "input" | "output";
  /** `(features,)`, float32: the layer's input features for side `input`, else its output features. */
  readonly values: Float32Array;
}

/** Scales of one (IA)^3 adapter. */
export interface Ia3Adapter {
  /** As the user gave it. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** sha256 hex of the weights file. */
  readonly digest: string;
  /** By layer, then by module's name. At most one a layer and module. */
  readonly scales: readonly Ia3Scale[];
}

export const configName = "adapter_config.json";
export const weightsName = "adapter_model.safetensors";
/** More layers than any model has. */
export const maxLayers = 4096;
