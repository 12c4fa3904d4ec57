/** @file The kinds of training as a user asks for them, and what each gives. */
import type { Model } from "../engine/model.js";
import { OptionError } from "../errors.js";
import type { Module } from "../models/decoder.js";
import type { Ia3Adapter, LoraAdapter } from "../weights/peft.js";
import { ia3Scales } from "./ia3-scales.js";
import { type LoraOptions, loraMatrices } from "./lora-matrices.js";
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
  /** scales on top of the model's own adapters; `writeAdapter` saves it, `model.withAdapters` uses it */
  readonly adapter: Ia3Adapter;
}

/** The default `learningRate` is 2e-4 here. Update masks by neuron work on `gate_proj` and `up_proj`; see `onlyNeurons`. */
export interface LoraTrainingOptions extends TrainingOptions<{ adapter: LoraAdapter }>, Omit<LoraOptions, "seed"> {
  /** train a LoRA adapter; `seed` sets its starting matrices as well */
  parameters: "lora";
}

export interface LoraTraining extends TrainingRecord {
  /** matrices on top of the model's own adapters; `writeAdapter` saves it, `model.withAdapters` uses it */
  readonly adapter: LoraAdapter;
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

export type AnyTrainingOptions = Ia3TrainingOptions | LoraTrainingOptions | WeightTrainingOptions;
export type AnyTraining = Ia3Training | LoraTraining | WeightTraining;

/** Trains what the options say. @throws OptionError for `parameters` of another name */
export function trainAsAsked(
  model: Model,
  objective: Objective,
  options: AnyTrainingOptions,
  origin: Readonly<Record<string, unknown>> = {},
): Promise<AnyTraining> {
  switch (options.parameters) {
    case "weights":
      return train(model, modelWeights(model, options.only), objective, options, origin);
    case "lora":
      return train(model, loraMatrices(model, options), objective, { ...options, learningRate: options.learningRate ?? 2e-4 }, origin);
    case "ia3":
    case undefined:
      return train(model, ia3Scales(model, options.modules, options.name), objective, options, origin);
    default:
      throw new OptionError("parameters", (options as { parameters: unknown }).parameters, "ia3, lora or weights");
  }
}
