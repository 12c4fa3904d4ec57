/** @file Inference-time activation contrasting (paper section 3.1): which neurons differ between two models over the same texts. */
import { type GenerateOptions, type Generation, generate } from "../engine/generate.js";
import { measureTexts } from "../engine/measure-texts.js";
import type { Model } from "../engine/model.js";
import { checkPositions, meansPromptAlone, type Positions } from "../engine/positions.js";
import type { Prompt } from "../engine/prompts.js";
import { textsOf } from "../engine/score.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError } from "../errors.js";
import { NEURON_SITE } from "../models/sites.js";
import { ChangeScores } from "./change-scores.js";
import { runOrigin } from "./run-origin.js";
import { RunningMoments, RunningSquares } from "./running-moments.js";
import { valueNorms } from "./value-vectors.js";

export interface ContrastOptions extends RunOptions, Pick<GenerateOptions, "chat" | "stopTokens"> {
  /** default `"predicting"`: the positions whose output predicts the generated tokens */
  positions?: Positions;
  /** tokens that the model writes after each prompt; default 256, the paper's. None are written for `"prompt"` and `"prompt-last"` */
  newTokens?: number;
  /** whose greedy text both models read; default `"first"`, the paper's choice */
  textOf?: "first" | "second";
  /** texts written before (token ids that follow each prompt); nothing is generated then */
  completions?: readonly (string | readonly number[] | Int32Array)[];
  /** layers at the end that stay out of the ranking; default 0 */
  excludeLastLayers?: number;
}

/**
 * Change scores by formula (1): both models read `prompt + text` in one teacher-forced pass each, and each neuron's squared
 * differences are summed inside the graph, so that no activation is kept.
 * @param first M1, e.g. the SFT model
 * @param second M2, e.g. the DPO model; shares M1's weights (adapters differ) or has weights of its own of the same shape
 * @returns scores `(layers, neurons)`, means and standard deviations under both models
 * @throws OptionError when no position is left to compare, e.g. because every text ended at once
 */
export async function contrast(
  first: Model,
  second: Model,
  prompts: readonly Prompt[],
  options: ContrastOptions = {},
): Promise<ChangeScores> {
  const positions = checkPositions(options.positions ?? "predicting");
  const { newTokens = 256, textOf = "first", excludeLastLayers = 0 } = options;
  if (textOf !== "first" && textOf !== "second") throw new OptionError("textOf", textOf, "first or second");
  const { layers, neurons } = first.config;
  const reader = textOf === "first" ? first : second;
  // what follows a prompt does not change the activations of its tokens
  const completions =
    options.completions ?? (meansPromptAlone(positions) ? undefined : await written(reader, prompts, { ...options, newTokens }));
  const texts = await textsOf(reader, prompts, { completions, chat: options.chat });
  const squares = new RunningSquares(layers * neurons);
  const moments = [new RunningMoments(layers * neurons), new RunningMoments(layers * neurons)];
  await measureTexts([first, second], texts, NEURON_SITE, positions, options, ({ count, sums, deviations, changes }) => {
    squares.merge({ count, squares: changes });
    moments.forEach((model, i) => {
      const own = (values: Float32Array) => values.subarray(i * layers * neurons, (i + 1) * layers * neurons);
      model.merge({ count, mean: Float64Array.from(own(sums), (x) => x / count), m2: own(deviations) });
    });
  });
  if (squares.count === 0)
    throw new OptionError(
      "positions",
      positions,
      "positions that these texts have; did every text end at once? give more prompts or newTokens",
    );
  const [a, b] = moments.map((model) => {
    const { mean, std } = model.result();
    return { mean: Float32Array.from(mean), std: Float32Array.from(std) };
  });
  return new ChangeScores({
    model: first.name,
    layers,
    neurons,
    positions: typeof positions === "string" ? positions : JSON.stringify(positions),
    count: squares.count,
    values: Float32Array.from(squares.result().root),
    first: a,
    second: b,
    valueNorms: valueNorms(first),
    excludeLastLayers,
    origin: { ...(await runOrigin([first, second], texts, { positions, newTokens, textOf, excludeLastLayers, batch: options.batch })) },
  });
}

async function written(model: Model, prompts: readonly Prompt[], options: ContrastOptions): Promise<readonly (readonly number[])[]> {
  const texts: Generation[] = await generate(model, prompts, options);
  return texts.map((text) => text.ids);
}
