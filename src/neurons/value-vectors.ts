/** @file Value vectors: a neuron's column of the down-projection, what it writes into the residual stream. */

import type { Model } from "../engine/model.js";
import { FileFormatError } from "../errors.js";
import type { Checkpoint } from "../weights/checkpoint.js";
import { readFloat32 } from "../weights/safetensors.js";

const known = new WeakMap<Checkpoint, Float32Array>();

/** Euclidean norm of each value vector, `(layers, neurons)`, float32; read once a checkpoint. */
export function valueNorms({ checkpoint, config }: Pick<Model, "checkpoint" | "config">): Float32Array {
  const before = known.get(checkpoint);
  if (before) return before;
  const { layers, neurons, hidden } = config;
  const norms = new Float32Array(layers * neurons);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}.mlp.down_proj.weight`;
    const info = checkpoint.tensors.get(name) ?? checkpoint.tensors.get(name.replace(/^model\./, ""));
    if (!info || info.shape.join() !== `${hidden},${neurons}`)
      throw new FileFormatError(checkpoint.folder, `is not there with shape [${hidden}, ${neurons}]`, { tensor: name });
    const weights = readFloat32(info);
    const squares = new Float64Array(neurons);
    for (let row = 0, at = 0; row < hidden; row++) for (let i = 0; i < neurons; i++, at++) squares[i] += weights[at] * weights[at];
    norms.set(squares.map(Math.sqrt), layer * neurons);
  }
  known.set(checkpoint, norms);
  return norms;
}
