/** @file Inputs that hold values for every layer, cut once into `(batch, 1, units)` a layer: one node instead of three a layer. */
import { type DType, input, split, type Tensor } from "../graph/index.js";

/** The part of input `name` `(batch, layers, units)` for one layer, `(batch, 1, units)`. */
export type LayerSlice = (name: string, dtype: DType, layers: number, units: number, layer: number) => Tensor;

/** Slices of one graph. */
export function layerSlices(): LayerSlice {
  const cut = new Map<string, Tensor[]>();
  return (name, dtype, layers, units, layer) => {
    const known = cut.get(name) ?? split(input(name, dtype, ["batch", layers, units]), new Array<number>(layers).fill(1), 1);
    cut.set(name, known);
    return known[layer];
  };
}
