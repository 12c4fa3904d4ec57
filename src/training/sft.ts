/** @file Supervised fine-tuning. */
import type { Model } from "../engine/model.js";
import type { Module } from "../models/decoder.js";
import type { Ia3Adapter } from "../weights/peft.js";
import { encodeSft, type SftExample } from "./examples.js";
import { ia3Scales } from "./ia3-scales.js";
import { sftObjective } from "./sft-objective.js";
import { train } from "./train.js";
import type { TrainingOptions, TrainingRecord } from "./training.js";

export interface Ia3TrainingOptions extends TrainingOptions<{ adapter: Ia3Adapter }> {
  /** modules that the adapter scales; default `down_proj` alone, as in the paper */
  modules?: readonly Module[];
  /** what the adapter is called in results; default `"trained"` */
  name?: string;
}

export interface Ia3Training extends TrainingRecord {
  /** scales on top of the model's own adapters; `writeIa3Adapter` saves it, `model.withAdapters` uses it */
  readonly adapter: Ia3Adapter;
}

/**
 * Trains an (IA)^3 adapter on top of a model by supervised fine-tuning: the loss is the mean negative log-likelihood of answer tokens,
 * over all answer tokens of a step. The model's weights and adapters stay as they are.
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export async function trainSft(model: Model, examples: readonly SftExample[], options: Ia3TrainingOptions = {}): Promise<Ia3Training> {
  const objective = sftObjective(await encodeSft(model, examples, options));
  return train(model, ia3Scales(model, options.modules, options.name), objective, options);
}
