/**
 * @file Neurons ranked by one model's activations and value vectors, without a second model: the methods that safety neurons are
 * compared with. Both sum inside the graph, so that no activation is kept.
 */
import { measureTexts } from "../../engine/measure-texts.js";
import type { Model } from "../../engine/model.js";
import { checkPositions, type Positions } from "../../engine/positions.js";
import type { Prompt } from "../../engine/prompts.js";
import { textsOf } from "../../engine/score.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { OptionError } from "../../errors.js";
import { NEURON_SITE } from "../../models/sites.js";
import { NeuronScores } from "../neuron-scores.js";
import { runOrigin } from "../run-origin.js";
import { type Norm, valueNorms } from "../value-vectors.js";

export interface BaselineOptions extends RunOptions {
  /** make each plain prompt one user message in chat form; default false */
  chat?: boolean;
  /** default `"prompt"` */
  positions?: Positions;
  /** token ids or text that follow each prompt, for positions beyond it */
  completions?: readonly (string | readonly number[] | Int32Array)[];
  /** layers at the end that stay out of the ranking; default 0 */
  excludeLastLayers?: number;
}

/**
 * Pruning baseline: Wanda (Sun et al. 2023) summed over a neuron's outgoing weights. With activations a of the model (the recipient of a
 * patch) and value vector Wdown[i, :]:
 *
 *     score[l, i] = sqrt( sum over positions j of a[l, i][j]^2 ) x sum over d of |Wdown[i, d]|
 *
 * @throws OptionError when no position is read
 */
export function wandaScores(model: Model, prompts: readonly Prompt[], options: BaselineOptions = {}): Promise<NeuronScores> {
  return activationScores(model, prompts, options, "wanda", "l1", ({ squares }) => squares.map(Math.sqrt));
}

/**
 * Baseline after SN-Tune (Zhao et al. 2025), on harmful prompts: how much a neuron writes into the residual stream, on average.
 *
 *     score[l, i] = mean over positions j of |a[l, i][j]| x |Wdown[i, :]|_2
 *
 * @throws OptionError when no position is read
 */
export function snTuneScores(model: Model, prompts: readonly Prompt[], options: BaselineOptions = {}): Promise<NeuronScores> {
  return activationScores(model, prompts, options, "sn-tune", "l2", ({ absolutes, count }) => absolutes.map((sum) => sum / count));
}

/** Sums over positions, `(layers, neurons)` float64. */
interface Sums {
  readonly squares: Float64Array;
  readonly absolutes: Float64Array;
  readonly count: number;
}

async function activationScores(
  model: Model,
  prompts: readonly Prompt[],
  options: BaselineOptions,
  score: string,
  norm: Norm,
  size: (sums: Sums) => Float64Array,
): Promise<NeuronScores> {
  const positions = checkPositions(options.positions ?? "prompt");
  const { excludeLastLayers = 0, batch } = options;
  const { layers, neurons } = model.config;
  const texts = await textsOf(model, prompts, options);
  const squares = new Float64Array(layers * neurons);
  const absolutes = new Float64Array(layers * neurons);
  let count = 0;
  const absolute = score === "sn-tune";
  const { signal, onProgress } = options;
  await measureTexts([model], texts, NEURON_SITE, positions, { batch, signal, onProgress, absolute }, (sums) => {
    count += sums.count;
    // the mean square around 0, from that around the batch's mean
    for (let i = 0; i < squares.length; i++) squares[i] += sums.deviations[i] + sums.sums[i] ** 2 / sums.count;
    if (absolute) for (let i = 0; i < absolutes.length; i++) absolutes[i] += sums.absolutes[i];
  });
  if (count === 0) throw new OptionError("positions", positions, "positions that these prompts have");
  const norms = valueNorms(model, norm);
  return new NeuronScores({
    model: model.name,
    layers,
    neurons,
    score,
    values: Float32Array.from(size({ squares, absolutes, count }), (value, i) => value * norms[i]),
    excludeLastLayers,
    positions: typeof positions === "string" ? positions : JSON.stringify(positions),
    count,
    origin: { ...(await runOrigin([model], texts, { score, positions, excludeLastLayers, batch })) },
  });
}
