/** @file Supervised fine-tuning. */
import type { Model } from "../engine/model.js";
import { encodeSft, type SftExample } from "./examples.js";
import { sftObjective } from "./sft-objective.js";
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

/**
 * Supervised fine-tuning: the loss is the mean negative log-likelihood of answer tokens, over all answer tokens of a step. Trains an
 * (IA)^3 adapter on top of a model, whose weights and adapters stay as they are; with `parameters: "lora"` a LoRA adapter, with `"weights"`
 * the weights under them.
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export function trainSft(model: Model, examples: readonly SftExample[], options?: Ia3TrainingOptions): Promise<Ia3Training>;
export function trainSft(model: Model, examples: readonly SftExample[], options: LoraTrainingOptions): Promise<LoraTraining>;
export function trainSft(model: Model, examples: readonly SftExample[], options: WeightTrainingOptions): Promise<WeightTraining>;
export async function trainSft(model: Model, examples: readonly SftExample[], options: AnyTrainingOptions = {}): Promise<AnyTraining> {
  return trainAsAsked(model, sftObjective(await encodeSft(model, examples, options)), options);
}
