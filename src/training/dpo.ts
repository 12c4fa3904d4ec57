/** @file Direct preference optimisation. */
import type { Model } from "../engine/model.js";
import { OptionError } from "../errors.js";
import { dpoObjective } from "./dpo-objective.js";
import { type DpoExample, encodePairs } from "./examples.js";
import { ia3Scales } from "./ia3-scales.js";
import { referenceLogprobs } from "./reference-logprobs.js";
import type { Ia3Training, Ia3TrainingOptions } from "./sft.js";
import { train } from "./train.js";

export interface Ia3DpoOptions extends Ia3TrainingOptions {
  /** how far the trained model may move from the reference; smaller = further. Default 0.1 */
  beta?: number;
  /** whose preferences the trained model departs from; default the model itself, as it is before training */
  reference?: Model;
}

/**
 * Trains an (IA)^3 adapter on top of a model by direct preference optimisation (arXiv 2305.18290). Every answer's log-probability under
 * the reference is taken once, before the first step. `history` holds each step's mean margin and accuracy as well.
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export async function trainDpo(model: Model, pairs: readonly DpoExample[], options: Ia3DpoOptions = {}): Promise<Ia3Training> {
  const { beta = 0.1, reference = model, modules, name, signal, checkpoint } = options;
  if (!(beta > 0 && Number.isFinite(beta))) throw new OptionError("beta", beta, "a number above 0");
  const encoded = await encodePairs(model, pairs, options);
  const known = await referenceLogprobs(reference, encoded, { folder: checkpoint?.folder, signal });
  const origin = { beta, reference: reference.origin };
  return train(model, ia3Scales(model, modules, name), dpoObjective(encoded, known, beta), options, origin);
}
