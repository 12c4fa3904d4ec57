/** @file What a probe reads of prompts: activations of chosen neurons, one row a prompt. */
import type { Model } from "../engine/model.js";
import { checkPositions, type Positions } from "../engine/positions.js";
import { Reporter } from "../engine/progress.js";
import type { Prompt } from "../engine/prompts.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError, ShapeError } from "../errors.js";
import { NEURON_SITE, siteName } from "../models/sites.js";
import { capture } from "../neurons/capture.js";
import type { NeuronSet } from "../neurons/neuron-set.js";

/** A matrix of numbers, row-major. */
export interface Features {
  /** `(rows, columns)` */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

export interface FeatureReading {
  /** make each plain prompt one user message in chat form; default false */
  readonly chat?: boolean;
  /** default `"prompt-last"`, the paper's; where a prompt has several such positions its features are their mean */
  readonly positions?: Positions;
}

/** Prompts captured together, with few positions each or with many: whole sites leave the engine before the neurons are picked. */
const [PART, SMALL_PART] = [64, 8] as const;

/**
 * Activations of neurons over prompts, columns in the set's order.
 *
 * @returns `(prompts, neurons)` float32
 * @throws ShapeError for a set of another model's shape; OptionError for no neurons and for a prompt without such a position
 */
export async function neuronFeatures(
  model: Model,
  prompts: readonly Prompt[],
  neurons: NeuronSet,
  options: FeatureReading & RunOptions = {},
): Promise<Features> {
  const { config } = model;
  if (neurons.layers !== config.layers || neurons.neurons !== config.neurons)
    throw new ShapeError("neuronFeatures", "the set was made for a model of another shape", [
      [neurons.layers, neurons.neurons],
      [config.layers, config.neurons],
    ]);
  const positions = checkPositions(options.positions ?? "prompt-last");
  const columns = [...neurons];
  if (columns.length === 0) throw new OptionError("neurons", "none", "at least one");
  const layers = [...new Set(columns.map(([layer]) => layer))];
  const { chat, batch, signal, onProgress } = options;
  const data = new Float32Array(prompts.length * columns.length);
  const progress = new Reporter("prompts", prompts.length, onProgress);
  const size = positions === "prompt-last" || typeof positions !== "string" ? PART : SMALL_PART;
  for (let from = 0; from < prompts.length; from += size) {
    const part = prompts.slice(from, from + size);
    const { sites } = await capture(model, part, { sites: NEURON_SITE, layers, positions, chat, batch, signal });
    const { rows } = sites.get(siteName(NEURON_SITE, layers[0]))!;
    const seen = new Float64Array(part.length);
    for (const { prompt } of rows) seen[prompt]++;
    const without = seen.indexOf(0);
    if (without >= 0) throw new OptionError("positions", positions, `positions that every prompt has; prompt ${from + without} has none`);
    columns.forEach(([layer, index], column) => {
      const { data: values, units } = sites.get(siteName(NEURON_SITE, layer))!;
      rows.forEach(({ prompt }, row) => {
        data[(from + prompt) * columns.length + column] += values[row * units + index] / seen[prompt];
      });
    });
    progress.advance(part.length);
  }
  return { data, rows: prompts.length, columns: columns.length };
}

/** Some columns of a matrix, in the order given. */
export function pickColumns({ data, rows, columns }: Features, chosen: readonly number[]): Features {
  const picked = new Float32Array(rows * chosen.length);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < chosen.length; i++) picked[row * chosen.length + i] = data[row * columns + chosen[i]];
  return { data: picked, rows, columns: chosen.length };
}

/** Matrices of equal columns below each other. */
export function stackRows(parts: readonly Features[]): Features {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const columns = parts[0].columns;
  const data = new Float32Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, rows, columns };
}
