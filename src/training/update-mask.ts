/**
 * @file Which entries a training may change. The mask works on the update, not on the gradient: a frozen entry keeps its bits, weight
 * decay and momentum included.
 */
import type { Parameter } from "./trainable.js";

/** Entries of a parameter that move: one byte each, row-major, 0 = frozen; undefined = all move. */
export type UpdateMask = (parameter: Parameter) => Uint8Array | undefined;

/**
 * Trains the given neurons alone: their (IA)^3 scales, their rows of `gate_proj` and `up_proj`, their columns of `down_proj`. All else is
 * frozen.
 * @param neurons `[layer, index]` pairs, e.g. a NeuronSet
 */
export const onlyNeurons =
  (neurons: Iterable<readonly [layer: number, index: number]>): UpdateMask =>
  (parameter) =>
    marked(parameter, neurons, 1) ?? new Uint8Array(count(parameter.shape));

/** Trains everything but the given neurons. */
export const withoutNeurons =
  (neurons: Iterable<readonly [layer: number, index: number]>): UpdateMask =>
  (parameter) =>
    marked(parameter, neurons, 0);

/** A mask with `value` at the neurons' entries; undefined for a parameter that has none of its own for each neuron. */
function marked({ module, shape, layer }: Parameter, neurons: Iterable<readonly [number, number]>, value: 0 | 1): Uint8Array | undefined {
  if (module !== "gate_proj" && module !== "up_proj" && module !== "down_proj") return undefined;
  // a bias of down_proj belongs to no neuron
  if (layer !== undefined && module === "down_proj" && shape.length === 1) return undefined;
  const mask = new Uint8Array(count(shape)).fill(1 - value);
  const columns = shape.at(-1)!;
  for (const [at, index] of neurons) {
    if (layer === undefined) mask[at * columns + index] = value;
    else if (at !== layer) continue;
    else if (module === "down_proj") for (let row = 0; row < shape[0]; row++) mask[row * columns + index] = value;
    else if (shape.length === 1) mask[index] = value;
    else mask.fill(value, index * columns, (index + 1) * columns);
  }
  return mask;
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
