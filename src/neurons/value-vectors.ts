/** @file Value vectors: a neuron's column of the down-projection, what it writes into the residual stream. */

import type { LowRank } from "../engine/low-rank.js";
import type { Model } from "../engine/model.js";
import { FileFormatError } from "../errors.js";
import { type Checkpoint, tensorOf } from "../weights/checkpoint.js";
import { readFloat32 } from "../weights/safetensors.js";

/** `l1`: sum of absolute values. `l2`: Euclidean. */
export type Norm = "l1" | "l2";

/** By checkpoint, or by model where LoRA changes its value vectors. */
const known = new WeakMap<Checkpoint | Model, Map<Norm, Float32Array>>();

/**
 * Norm of each value vector, LoRA adapters on `down_proj` included, `(layers, neurons)`, float32; read once.
 *
 * @param norm default `"l2"`
 * @throws FileFormatError where the down-projection is not as config.json says
 */
export function valueNorms(model: Model, norm: Norm = "l2"): Float32Array {
  const { checkpoint, config } = model;
  const { layers, neurons } = config;
  const changed = Array.from({ length: layers }, (_, layer) => model.lowRank(layer, "down_proj"));
  const owner = changed.some(Boolean) ? model : checkpoint;
  const before = known.get(owner) ?? new Map<Norm, Float32Array>();
  known.set(owner, before);
  const kept = before.get(norm);
  if (kept) return kept;
  const norms = new Float32Array(layers * neurons);
  for (let layer = 0; layer < layers; layer++) {
    const weights = downProjection(model, layer);
    const sums = new Float64Array(neurons);
    for (let at = 0; at < weights.length; at += neurons)
      for (let i = 0; i < neurons; i++) sums[i] += norm === "l1" ? Math.abs(weights[at + i]) : weights[at + i] * weights[at + i];
    norms.set(norm === "l1" ? sums : sums.map(Math.sqrt), layer * neurons);
  }
  before.set(norm, norms);
  return norms;
}

/** A layer's down-projection `(hidden, neurons)`, LoRA included; column i is the value vector of neuron i. @throws FileFormatError */
export function downProjection(model: Model, layer: number): Float32Array {
  const { checkpoint, config } = model;
  const { neurons, hidden } = config;
  const info = tensorOf(checkpoint, `model.layers.${layer}.mlp.down_proj.weight`);
  if (info.shape.join() !== `${hidden},${neurons}`)
    throw new FileFormatError(info.file, `has shape [${info.shape}]; config.json asks for [${hidden}, ${neurons}]`, { tensor: info.name });
  const weights = readFloat32(info);
  const low = model.lowRank(layer, "down_proj");
  if (low) addProduct(weights, low, neurons);
  return weights;
}

/** `weights += b @ a`. */
function addProduct(weights: Float32Array, { rank, a, b }: LowRank, columns: number): void {
  for (let row = 0; row < weights.length / columns; row++)
    for (let r = 0; r < rank; r++) {
      const factor = b[row * rank + r];
      for (let i = 0; i < columns; i++) weights[row * columns + i] += factor * a[r * columns + i];
    }
}
