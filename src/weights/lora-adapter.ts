/** @file A LoRA adapter (Hu et al. 2021, arXiv 2106.09685): low-rank matrices whose product is added to the weights of linear layers. */
import type { AdapterIdentity, AdapterModule } from "./adapter-form.js";

/** One low-rank update: the layer's weight `(out, in)` becomes `weight + scaling * b @ a`. */
export interface LoraUpdate {
  /** From 0. */
  readonly layer: number;
  readonly module: AdapterModule;
  readonly rank: number;
  /** `(rank, in)`, float32, row-major: PEFT's `lora_A`. */
  readonly a: Float32Array;
  /** `(out, rank)`, float32, row-major: PEFT's `lora_B`. */
  readonly b: Float32Array;
  /** `lora_alpha / rank`, with `use_rslora` `lora_alpha / sqrt(rank)`. */
  readonly scaling: number;
}

/** Updates of one LoRA adapter. */
export interface LoraAdapter extends AdapterIdentity {
  readonly type: "lora";
  /** By layer, then by module's name. At most one a layer and module. */
  readonly updates: readonly LoraUpdate[];
}
