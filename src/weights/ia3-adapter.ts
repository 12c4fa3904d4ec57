/** @file An (IA)^3 adapter (Liu et al. 2022, arXiv 2205.05638): learned vectors that scale what linear layers read or write. */
import type { AdapterIdentity, AdapterModule } from "./adapter-form.js";

/** One learned vector: `values` multiply a linear layer's input or output, feature by feature. */
export interface Ia3Scale {
  /** From 0. */
  readonly layer: number;
  readonly module: AdapterModule;
  readonly side: "input" | "output";
  /** `(features,)`, float32: the layer's input features for side `input`, else its output features. */
  readonly values: Float32Array;
}

/** Scales of one (IA)^3 adapter. */
export interface Ia3Adapter extends AdapterIdentity {
  readonly type: "ia3";
  /** By layer, then by module's name. At most one a layer and module. */
  readonly scales: readonly Ia3Scale[];
}
