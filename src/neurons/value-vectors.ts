/** @file Value vectors: a neuron's column of the down-projection, what it writes into the residual stream. */

import type { LowRank } from "../engine/low-rank.js";
import type { Model } from "../engine/model.js";
import { FileFormatError } from "../errors.js";
import type { Checkpoint } from "../weights/checkpoint.js";
import { readFloat32 } from "../weights/safetensors.js";

/** By checkpoint, or by model where LoRA changes its value vectors. */
const known = new WeakMap<Checkpoint | Model, Float32Array>();

/** Euclidean norm of each value vector, LoRA adapters on `down_proj` included, `(layers, neurons)`, float32; read once. */
export function valueNorms(model: Model): Float32Array {
  const { checkpoint, config } = model;
  const changed = Array.from({ length: config.layers }, (_, layer) => model.lowRank(layer, "down_proj"));
  const owner = changed.some(Boolean) ? model : checkpoint;
  const before = known.get(owner);
  if (before) return before;
  const { layers, neurons, hidden } = config;
  const norms = new Float32Array(layers * neurons);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}.mlp.down_proj.weight`;
    const info = checkpoint.tensors.get(name) ?? checkpoint.tensors.get(name.replace(/^model\./, ""));
    if (!info || info.shape.join() !== `${hidden},${neurons}`)
      throw new FileFormatError(checkpoint.folder, `is not there with shape [${hidden}, ${neurons}]`, { tensor: name });
    const weights = readFloat32(info);
    const low = changed[layer];
    if (low) addProduct(weights, low, neurons);
    const squares = new Float64Array(neurons);
    for (let row = 0, at = 0; row < hidden; row++) for (let i = 0; i < neurons; i++, at++) squares[i] += weights[at] * weights[at];
    norms.set(squares.map(Math.sqrt), layer * neurons);
  }
  known.set(owner, norms);
  return norms;
}

/** `weights += b @ a`. */
function addProduct(weights: Float32Array, { rank, a, b }: LowRank, columns: number): void {
  for (let row = 0; row < weights.length / columns; row++)
    for (let r = 0; r < rank; r++) {
      const factor = b[row * rank + r];
      for (let i = 0; i < columns; i++) weights[row * columns + i] += factor * a[r * columns + i];
    }
}
