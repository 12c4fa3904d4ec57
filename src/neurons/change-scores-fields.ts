import { OptionError, ShapeError } from "../errors.js";
import type { NeuronShape } from "./neuron.js";

/** Mean and standard deviation of each neuron's activation over the positions, `(layers, neurons)` float32 each. */
export interface ActivationMoments {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

/** What a contrast of two models measured. */
export interface ChangeScoresFields extends NeuronShape {
  /** Name of the positions compared, e.g. `"predicting"`. */
  readonly positions: string;
  /** Number of positions compared, over all prompts. */
  readonly count: number;
  /** Formula (1) of each neuron, `(layers, neurons)`, float32. */
  readonly values: Float32Array;
  readonly first: ActivationMoments;
  readonly second: ActivationMoments;
  /** Euclidean norm of each neuron's value vector `Wdown[i, :]`, `(layers, neurons)`, float32. */
  readonly valueNorms?: Float32Array;
  /** How many of the last layers stay out of the ranking. */
  readonly excludeLastLayers: number;
  /** Models, prompts, options, versions: how the scores came about. Must be JSON. */
  readonly origin: Readonly<Record<string, unknown>>;
}

/**
 * @throws OptionError for numbers out of range and for values that are not finite
 * @throws ShapeError for arrays of another size than `(layers, neurons)`
 */
export function checkChangeScores(fields: ChangeScoresFields): void {
  const { layers, neurons, count, excludeLastLayers, values, first, second, valueNorms } = fields;
  for (const [name, size] of Object.entries({ layers, neurons, count }))
    if (!Number.isSafeInteger(size) || size < 1) throw new OptionError(name, size, "an integer of at least 1");
  if (!Number.isInteger(excludeLastLayers) || excludeLastLayers < 0 || excludeLastLayers >= layers)
    throw new OptionError("excludeLastLayers", excludeLastLayers, `an integer in [0, ${layers})`);
  const measured = { values, "first.std": first.std, "second.std": second.std, ...(valueNorms && { valueNorms }) };
  for (const [name, array] of Object.entries({ ...measured, "first.mean": first.mean, "second.mean": second.mean })) {
    if (array.length !== layers * neurons)
      throw new ShapeError("ChangeScores", `${name} holds ${array.length} numbers for (${layers}, ${neurons}) neurons`, [
        [array.length],
        [layers, neurons],
      ]);
    const least = name in measured ? 0 : Number.NEGATIVE_INFINITY;
    const wrong = array.findIndex((value) => !Number.isFinite(value) || value < least);
    if (wrong >= 0)
      throw new OptionError(
        `${name} of neuron [${Math.floor(wrong / neurons)}, ${wrong % neurons}]`,
        array[wrong],
        least === 0 ? "a finite number of at least 0" : "a finite number",
      );
  }
}
