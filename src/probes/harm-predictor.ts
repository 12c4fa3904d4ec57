/** @file Predicting from a prompt alone whether a model's answer will be harmful (paper section 6). */
import { type GenerateOptions, type Generation, generate } from "../engine/generate.js";
import type { Model } from "../engine/model.js";
import type { Positions } from "../engine/positions.js";
import type { Prompt } from "../engine/prompts.js";
import { textsOf } from "../engine/score.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError } from "../errors.js";
import { type BinaryAgreement, binaryAgreement } from "../judges/agreement.js";
import type { NeuronSet } from "../neurons/neuron-set.js";
import type { Cost } from "../neurons/patching.js";
import { type RunOrigin, runOrigin } from "../neurons/run-origin.js";
import type { GroupedBootstrap } from "../statistics/estimate.js";
import { type FeatureReading, neuronFeatures } from "./features.js";
import { fitLogisticRegression, type LogisticRegression, type RegressionOptions } from "./logistic-regression.js";

/** What a model answers, what that costs, and whether it is harmful: cost above 0. */
export interface HarmLabels {
  readonly answers: readonly Generation[];
  readonly costs: readonly number[];
  readonly harmful: readonly boolean[];
}

/**
 * Labels of prompts by the cost of the model's own answers.
 *
 * @param options as for `generate`; 128 new tokens by default
 * @throws OptionError for a cost that is not finite
 */
export async function harmLabels(
  model: Model,
  prompts: readonly Prompt[],
  cost: Cost,
  { newTokens = 128, ...options }: GenerateOptions = {},
): Promise<HarmLabels> {
  const answers = await generate(model, prompts, { ...options, newTokens });
  const costs: number[] = [];
  for (const [i, answer] of answers.entries()) {
    const value = await cost(answer, i);
    if (!Number.isFinite(value)) throw new OptionError(`cost of answer ${i}`, value, "a finite number");
    costs.push(value);
  }
  return { answers, costs, harmful: costs.map((value) => value > 0) };
}

export interface HarmPredictorOptions extends FeatureReading, RegressionOptions, Omit<RunOptions, "signal"> {
  /** whose activations are read */
  neurons: NeuronSet;
}

interface HarmPredictorFields {
  readonly model: Model;
  readonly neurons: NeuronSet;
  readonly positions: Positions;
  readonly chat: boolean;
  readonly regression: LogisticRegression;
  readonly origin: RunOrigin;
}

/** Says from a prompt's activations whether the model's answer will be harmful. An immutable value, made by {@link trainHarmPredictor}. */
export class HarmPredictor implements HarmPredictorFields {
  readonly model: Model;
  readonly neurons: NeuronSet;
  readonly positions: Positions;
  readonly chat: boolean;
  readonly regression: LogisticRegression;
  /** models, training prompts, options, versions */
  readonly origin: RunOrigin;

  constructor(fields: HarmPredictorFields) {
    this.model = fields.model;
    this.neurons = fields.neurons;
    this.positions = fields.positions;
    this.chat = fields.chat;
    this.regression = fields.regression;
    this.origin = fields.origin;
  }

  /** Probability of a harmful answer to each prompt, `(prompts,)` float64. */
  async probabilities(prompts: readonly Prompt[], options: RunOptions = {}): Promise<Float64Array> {
    return this.regression.probabilities(await neuronFeatures(this.model, prompts, this.neurons, { ...options, ...this.#reading }));
  }

  /**
   * How often it is right, balanced accuracy and AUC, with bootstrap intervals.
   *
   * @param harmful of each prompt, e.g. by {@link harmLabels}
   */
  async evaluate(
    prompts: readonly Prompt[],
    harmful: readonly boolean[],
    options: RunOptions & GroupedBootstrap = {},
  ): Promise<BinaryAgreement> {
    const probabilities = await this.probabilities(prompts, options);
    return binaryAgreement(probabilities, harmful, { ...options, threshold: 0.5 });
  }

  toString(): string {
    const { regression, neurons, model } = this;
    return `HarmPredictor: ${neurons.count} neurons of ${model.name}; logistic regression with C ${regression.C}, ${regression.iterations} steps on ${regression.tensorflow}`;
  }

  get #reading() {
    return { positions: this.positions, chat: this.chat };
  }
}

/**
 * Trains a predictor: logistic regression on the activations of neurons at the last prompt token.
 *
 * @param model whose prompts are read, in the paper the SFT model
 * @param harmful whether the model's own answer to each prompt is harmful, e.g. by {@link harmLabels}
 * @throws OptionError for labels of one kind; ShapeError for a set of another model's shape
 */
export async function trainHarmPredictor(
  model: Model,
  prompts: readonly Prompt[],
  harmful: readonly boolean[],
  { neurons, positions = "prompt-last", chat = false, C, ...run }: HarmPredictorOptions,
): Promise<HarmPredictor> {
  const features = await neuronFeatures(model, prompts, neurons, { ...run, positions, chat });
  const regression = await fitLogisticRegression(features, harmful, { C, signal: run.signal });
  const texts = await textsOf(model, prompts, { chat });
  const origin = await runOrigin([model], texts, {
    neurons: neurons.origin ?? null,
    count: neurons.count,
    positions,
    chat,
    C: regression.C,
    batch: run.batch,
  });
  return new HarmPredictor({ model, neurons, positions, chat, regression, origin });
}
