/** @file Training a score head together with an (IA)^3 adapter of its backbone. */
import { OptionError } from "../errors.js";
import { ia3Scales } from "../training/ia3-scales.js";
import { withScoreHead } from "../training/score-head.js";
import { type ScoredIds, scoreObjective } from "../training/score-objective.js";
import { train } from "../training/train.js";
import type { TrainingOptions, TrainingRecord } from "../training/training.js";
import type { Ia3TrainingOptions } from "../training/what-is-trained.js";
import type { Ia3Adapter } from "../weights/peft.js";
import type { Agreement } from "./agreement.js";
import { encodeScoreExamples, type GroupOf, heldOutParts, type ScoreExamples } from "./score-examples.js";
import { ScoreModel } from "./score-model.js";
import { measureScores } from "./train-score-head.js";

/** Texts are made as the score model makes them. */
export interface ScoreAdapterOptions
  extends Omit<TrainingOptions<{ scores: ScoreModel }>, "chat" | "stopToken" | "maxTokens">,
    Pick<Ia3TrainingOptions, "modules" | "name"> {
  /** share of the examples that is not trained on; default 0.2. The same seed holds out the same as `trainScoreHead` */
  heldOut?: number;
  /** examples of one group fall into one part; default: those of one prompt */
  group?: GroupOf;
}

export interface ScoreAdapterTraining extends TrainingRecord {
  readonly scores: ScoreModel;
  readonly adapter: Ia3Adapter;
  /** of the trained model on the examples held out */
  readonly heldOut: Agreement;
}

/**
 * Goes on from a score model: trains its head and a new (IA)^3 adapter on top of its backbone, by the same losses as `trainScoreHead`. Has
 * checkpoints and resumes as `trainSft` does. `mask` leaves the head alone only where it names it (`score.weight`, `score.bias`).
 * @param start read after the last layer, with one label and no scale; `trainScoreHead` makes such models
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export async function trainScoreAdapter(
  start: ScoreModel,
  examples: ScoreExamples,
  options: ScoreAdapterOptions = {},
): Promise<ScoreAdapterTraining> {
  const { model, head, reading, form, maxTokens, scale } = start;
  if (reading.layer !== model.config.layers || head.labels.length !== 1 || scale.shift !== 0 || scale.scale !== 1)
    throw new OptionError(
      "start",
      JSON.stringify({ reading, labels: head.labels, scale }),
      "a head after the last layer with one label and no scale",
    );
  const encoded = await encodeScoreExamples(model, examples, start, options.group);
  const parts = heldOutParts(encoded, options.heldOut ?? 0.2, options.seed ?? 0);
  const texts = encoded.texts.map(
    ({ ids, promptLength }): ScoredIds => ({
      ids,
      from: reading.pool === "last" ? ids.length - 1 : Math.min(promptLength, ids.length - 1),
    }),
  );
  const objective = scoreObjective(
    encoded.target,
    parts.fitted.map((i) => ({ texts: encoded.examples[i].rows.map((row) => texts[row]), target: encoded.examples[i].target })),
  );
  const trainable = withScoreHead(ia3Scales(model, options.modules, options.name), model.config.hidden, {
    weight: head.weight,
    bias: head.bias[0],
  });
  const adapted = async (trained: { adapter: Ia3Adapter; head: { weight: Float32Array; bias: number } }) =>
    new ScoreModel({
      model: await model.withAdapters(trained.adapter),
      head: { weight: trained.head.weight, bias: Float32Array.of(trained.head.bias), labels: head.labels },
      ...{ reading, form, maxTokens },
    });
  const { evaluate, ...rest } = options;
  const trained = await train(
    model,
    trainable,
    objective,
    {
      ...rest,
      evaluate: evaluate && { every: evaluate.every, run: async (so, step) => evaluate.run({ scores: await adapted(so) }, step) },
    },
    { start: start.origin, heldOut: options.heldOut ?? 0.2 },
  );
  const scores = await adapted(trained);
  const all = examples as readonly ScoreExamples[number][];
  const heldOut = await measureScores(scores, parts.heldOut.map((i) => all[i]) as ScoreExamples, {
    group: options.group && ((_, at) => encoded.groups[parts.heldOut[at]]),
    signal: options.signal,
  });
  const { adapter, history, losses, evaluations, origin } = trained;
  return { scores, adapter, heldOut, history, losses, evaluations, origin };
}
