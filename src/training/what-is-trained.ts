/** @file The kinds of training as a user asks for them, and what each gives. */
import type { Model } from "../engine/model.js";
import type { Module } from "../models/decoder.js";
import type { Ia3Adapter } from "../weights/peft.js";
import { ia3Scales } from "./ia3-scales.js";
import type { Objective } from "./objective.js";
import { train } from "./train.js";
import type { TrainingOptions, TrainingRecord } from "./training.js";
import { modelWeights, type TrainedWeights } from "./weights.js";

export interface Ia3TrainingOptions extends TrainingOptions<{ adapter: Ia3Adapter }> {
  /** train an (IA)^3 adapter (default) */
  parameters?: "ia3";
  /** modules that the adapter scales; default `down_proj` alone, as in the paper */
  modules?: readonly Module[];
  /** what the adapter is called in results; default `"trained"` */
  name?: string;
}

export interface Ia3Training extends TrainingRecord {
  /** scales on top of the model's own adapters; `writeIa3Adapter` saves it, `model.withAdapters` uses it */
  readonly adapter: Ia3Adapter;
}

/** Weights need a far smaller `learningRate` than the default, which is that of (IA)^3. */
export interface WeightTrainingOptions extends TrainingOptions<{ weights: TrainedWeights }> {
  /** train the model's own weights */
  parameters: "weights";
  /** which, by Hugging Face name; default all */
  only?: (name: string) => boolean;
}

export interface WeightTraining extends TrainingRecord {
  /** what was trained; `writeCheckpoint` saves a model with it */
  readonly weights: TrainedWeights;
}

/** Trains what the options say. */
export function trainAsAsked(
  model: Model,
  objective: Objective,
  options: Ia3TrainingOptions | WeightTrainingOptions,
  origin: Readonly<Record<string, unknown>> = {},
): Promise<Ia3Training | WeightTraining> {
  if (options.parameters === "weights") return train(model, modelWeights(model, options.only), objective, options, origin);
  return train(model, ia3Scales(model, options.modules, options.name), objective, options, origin);
}
