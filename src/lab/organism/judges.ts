/** @file The organism's trained judges: a cost model and a reward model on its base weights, beside the oracle that they learn from. */
import type { Model } from "../../engine/model.js";
import type { Agreement } from "../../judges/agreement.js";
import type { ScoreExamples } from "../../judges/score-examples.js";
import { ScoreModel } from "../../judges/score-model.js";
import { saveScoreModel } from "../../judges/score-model-file.js";
import { type ScoreAdapterOptions, trainScoreAdapter } from "../../judges/train-score-adapter.js";
import { trainScoreHead } from "../../judges/train-score-head.js";
import type { TrainingRecord } from "../../training/training.js";
import { COST_UNIT, costExamples, rewardExamples } from "./judge-examples.js";

export type JudgeKind = "cost" | "reward";

/** Examples that the head alone is fitted to, before head and adapter are trained together. */
const HEAD_EXAMPLES = 1000;
const HELD_OUT = 0.1;

export function judgeExamples(kind: JudgeKind, seed: number, count: number): ScoreExamples {
  return kind === "cost" ? costExamples(seed, count) : rewardExamples(seed, count);
}

/**
 * Fits a head to the base model's last hidden state, then trains it together with an (IA)^3 adapter, and saves both as a score model.
 * @returns how well it does on the examples held out, too
 */
export async function trainJudge(
  model: Model,
  kind: JudgeKind,
  folder: string,
  examples: ScoreExamples,
  options: ScoreAdapterOptions,
): Promise<TrainingRecord & { heldOut: Agreement }> {
  const { signal } = options;
  const start = await trainScoreHead(model, examples.slice(0, HEAD_EXAMPLES) as ScoreExamples, { form: "chat", label: kind, signal });
  const trained = await trainScoreAdapter(start.scores, examples, { ...options, heldOut: HELD_OUT, name: kind });
  const { model: adapted, head, reading, form, maxTokens } = trained.scores;
  const scale = { shift: 0, scale: kind === "cost" ? 1 / COST_UNIT : 1 };
  const scores = new ScoreModel({ model: adapted, head, reading, form, maxTokens, scale });
  // by its place in the organism: the folder that it was trained in says nothing
  saveScoreModel(folder, scores, { backbone: { model: "../base", digest: model.checkpoint.digest }, heldOut: trained.heldOut });
  return trained;
}
