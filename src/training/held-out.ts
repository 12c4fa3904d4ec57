/** @file How well a model does on examples that it was not trained on. */
import type { Model } from "../engine/model.js";
import { type PreferenceOptions, preferenceDefaults } from "./dpo.js";
import type { PreferencePair, ReferenceLogprobs } from "./dpo-objective.js";
import { type DpoExample, type ExampleOptions, encodePairs, encodeSft, type SftExample } from "./examples.js";
import type { AnsweredText } from "./objective.js";
import { answerLogprobs, pairLogprobs, referenceLogprobs } from "./reference-logprobs.js";

export interface HeldOutOptions extends ExampleOptions {
  signal?: AbortSignal;
}

export interface SftFit {
  /** mean negative log-likelihood of answer tokens, natural logarithm */
  readonly loss: number;
}

export interface DpoFit {
  /** mean over pairs of arXiv 2305.18290, equation 7 */
  readonly loss: number;
  /** mean of beta times the difference of log-ratios of chosen and rejected answer */
  readonly margin: number;
  /** share of pairs whose margin is above 0 */
  readonly accuracy: number;
}

/** @throws OptionError, EngineError; the signal's reason when aborted */
export async function sftFit(model: Model, examples: readonly SftExample[], options: HeldOutOptions = {}): Promise<SftFit> {
  return sftFitOf(model, await encodeSft(model, examples, options), options.signal);
}

/**
 * @param options `reference`: whose preferences the model departs from; the model itself has margin 0
 * @throws OptionError, EngineError; the signal's reason when aborted
 */
export async function dpoFit(
  model: Model,
  pairs: readonly DpoExample[],
  options: HeldOutOptions & PreferenceOptions & { reference: Model },
): Promise<DpoFit> {
  const { beta } = preferenceDefaults(options);
  const encoded = await encodePairs(model, pairs, options);
  return dpoFitOf(
    model,
    encoded,
    await referenceLogprobs(options.reference, encoded, { signal: options.signal, onProgress: options.onReference }),
    beta,
    options.signal,
  );
}

export async function sftFitOf(model: Model, texts: readonly AnsweredText[], signal?: AbortSignal): Promise<SftFit> {
  const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
  const tokens = texts.reduce((sum, { weights }) => sum + total(weights), 0);
  return { loss: -total(await answerLogprobs(model, texts, { signal })) / tokens };
}

export async function dpoFitOf(
  model: Model,
  pairs: readonly PreferencePair[],
  reference: ReferenceLogprobs,
  beta: number,
  signal?: AbortSignal,
): Promise<DpoFit> {
  const { chosen, rejected } = await pairLogprobs(model, pairs, { signal });
  const margins = Array.from(chosen, (_, i) => beta * (chosen[i] - rejected[i] - (reference.chosen[i] - reference.rejected[i])));
  const mean = (value: (margin: number) => number) => margins.reduce((sum, margin) => sum + value(margin), 0) / margins.length;
  return {
    // log(1 + exp(-margin)) without overflow
    loss: mean((margin) => Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))),
    margin: mean((margin) => margin),
    accuracy: mean((margin) => Number(margin > 0)),
  };
}
