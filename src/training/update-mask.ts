/**
 * @file Which entries a training may change. The mask works on the update, not on the gradient: a frozen entry keeps its bits, weight
 * decay and momentum included.
 */
import { OptionError } from "../errors.js";
import type { Parameter } from "./trainable.js";

/** Entries of a parameter that move: one byte each, row-major, 0 = frozen; undefined = all move. */
export type UpdateMask = (parameter: Parameter) => Uint8Array | undefined;

type Neurons = Iterable<readonly [layer: number, index: number]>;

/**
 * Trains the given neurons alone: their (IA)^3 scales, their rows of `gate_proj` and `up_proj`, their columns of `down_proj`. All else is
 * frozen.
 *
 * With LoRA on `gate_proj` and `up_proj` the neurons' rows of `lora_B` move, and `lora_A` with them: the rows of all other neurons stay 0,
 * so that nothing of `lora_A` reaches these. On `down_proj` every column of the product depends on the whole of `lora_B`: refused.
 * @param neurons `[layer, index]` pairs, e.g. a NeuronSet
 * @returns a mask that throws OptionError for a LoRA of `down_proj`
 */
export const onlyNeurons =
  (neurons: Neurons): UpdateMask =>
  (parameter) => {
    if (ownedByRows(parameter) && hasNeuron(parameter, neurons)) return undefined;
    return marked(parameter, neurons, 1) ?? new Uint8Array(count(parameter.shape));
  };

/**
 * Trains everything but the given neurons. With LoRA on `gate_proj` and `up_proj` their rows of `lora_B` stay 0.
 * @returns a mask that throws OptionError for a LoRA of `down_proj`
 */
export const withoutNeurons =
  (neurons: Neurons): UpdateMask =>
  (parameter) =>
    ownedByRows(parameter) ? undefined : marked(parameter, neurons, 0);

/** Is it a `lora_A` that works through the neurons' rows of `lora_B` alone? @throws OptionError where those rows are no neurons */
function ownedByRows({ matrix, module }: Parameter): boolean {
  if (matrix === undefined) return false;
  if (module === "down_proj")
    throw new OptionError(
      "mask",
      "neurons with a LoRA of down_proj, whose lora_B all neurons share",
      "LoRA on gate_proj and up_proj, an (IA)^3 adapter, or weights",
    );
  return matrix === "lora_A" && (module === "gate_proj" || module === "up_proj");
}

function hasNeuron({ layer }: Parameter, neurons: Neurons): boolean {
  for (const [at] of neurons) if (at === layer) return true;
  return false;
}

/** A mask with `value` at the neurons' entries; undefined for a parameter that has none of its own for each neuron. */
function marked({ module, shape, layer }: Parameter, neurons: Neurons, value: 0 | 1): Uint8Array | undefined {
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
