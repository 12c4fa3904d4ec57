/** @file Direct preference optimisation. */
import type { Model } from "../engine/model.js";
import type { Progress } from "../engine/progress.js";
import { OptionError } from "../errors.js";
import { dpoObjective } from "./dpo-objective.js";
import { type DpoExample, encodePairs } from "./examples.js";
import { referenceLogprobs } from "./reference-logprobs.js";
import {
  type AnyTraining,
  type AnyTrainingOptions,
  type Ia3Training,
  type Ia3TrainingOptions,
  type LoraTraining,
  type LoraTrainingOptions,
  trainAsAsked,
  type WeightTraining,
  type WeightTrainingOptions,
} from "./what-is-trained.js";

export interface PreferenceOptions {
  /** how far the trained model may move from the reference; smaller = further. Default 0.1 */
  beta?: number;
  /**
   * how much the mean negative log-likelihood of the chosen answer's tokens counts beside the preference (arXiv 2404.19733). Without it
   * both answers may become unlikely, and something else is said; default 0, as in the paper
   */
  chosenWeight?: number;
  /** whose preferences the trained model departs from; default the model itself, as it is before training */
  reference?: Model;
  /** how far the reference's log-probabilities are, in tokens; they come before the first step */
  onReference?: (progress: Progress) => void;
}

/**
 * Direct preference optimisation (arXiv 2305.18290). Trains an (IA)^3 adapter on top of a model; with `parameters: "lora"` a LoRA
 * adapter, with `"weights"` the weights under it. Every answer's log-probability under the reference is taken once, before the first step.
 * `history` holds each step's mean margin and accuracy as well.
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export function trainDpo(
  model: Model,
  pairs: readonly DpoExample[],
  options?: Ia3TrainingOptions & PreferenceOptions,
): Promise<Ia3Training>;
export function trainDpo(
  model: Model,
  pairs: readonly DpoExample[],
  options: LoraTrainingOptions & PreferenceOptions,
): Promise<LoraTraining>;
export function trainDpo(
  model: Model,
  pairs: readonly DpoExample[],
  options: WeightTrainingOptions & PreferenceOptions,
): Promise<WeightTraining>;
export async function trainDpo(
  model: Model,
  pairs: readonly DpoExample[],
  options: AnyTrainingOptions & PreferenceOptions = {},
): Promise<AnyTraining> {
  const { reference = model, signal, checkpoint, onReference } = options;
  const { beta, chosenWeight } = preferenceDefaults(options);
  const encoded = await encodePairs(model, pairs, options);
  const known = await referenceLogprobs(reference, encoded, { folder: checkpoint?.folder, signal, onProgress: onReference });
  return trainAsAsked(model, dpoObjective(encoded, known, beta, chosenWeight), options, {
    beta,
    // absent where it is 0, so that earlier states are gone on from
    ...(chosenWeight > 0 ? { chosenWeight } : {}),
    reference: reference.origin,
  });
}

export function preferenceDefaults({ beta = 0.1, chosenWeight = 0 }: PreferenceOptions): { beta: number; chosenWeight: number } {
  if (!(beta > 0 && Number.isFinite(beta))) throw new OptionError("beta", beta, "a number above 0");
  if (!(chosenWeight >= 0 && Number.isFinite(chosenWeight))) throw new OptionError("chosenWeight", chosenWeight, "a number from 0");
  return { beta, chosenWeight };
}
