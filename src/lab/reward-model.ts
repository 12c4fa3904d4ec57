/** @file The reward model of real answers: a head on SmolLM2's hidden states, from pairs of answers of which people preferred one. */
import { disjoint } from "../datasets/disjoint.js";
import { openDataset } from "../datasets/open.js";
import type { PreferenceRecord } from "../datasets/records.js";
import type { Model } from "../engine/model.js";
import { type ScoreHeadTraining, trainScoreHead } from "../judges/train-score-head.js";
import { seeded } from "../random.js";
import { type CostModelOptions, evaluationPrompts, headReadings } from "./cost-model.js";

export interface RewardModelTraining extends ScoreHeadTraining {
  readonly apartFrom: readonly string[];
  readonly leftOut: number;
  readonly examples: number;
}

/**
 * Trains the reward model: higher is more helpful. Pairs are HH-RLHF's `helpful-base`, split `train` (Bai et al. 2022, arXiv 2204.05862), whole
 * dialogues as prompts; pairs of a prompt stay in one part, and the share of held-out pairs in the right order is in `heldOut`.
 * @throws NotFoundError where the data set is not at hand
 */
export async function trainRewardModel(model: Model, options: CostModelOptions = {}): Promise<RewardModelTraining> {
  const { limit = Number.POSITIVE_INFINITY, search = 512, maxTokens = 128, seed = 0, folder, ...run } = options;
  const all = await (await openDataset("hh-rlhf", { subset: "helpful-base", split: "train" })).toArray();
  const there = await evaluationPrompts();
  const kept: PreferenceRecord[] = [];
  for await (const record of disjoint(all, ...there.map(({ records }) => records))) kept.push(record);
  const drawn = seeded(seed).sample(kept.length, Math.min(limit, kept.length));
  const pairs = Array.from(drawn, (i) => ({ prompt: { messages: kept[i].messages }, chosen: kept[i].chosen, rejected: kept[i].rejected }));
  const readings = headReadings(model.config.layers);
  const training = await trainScoreHead(model, pairs, { ...run, readings, search, maxTokens, seed, folder, label: "reward" });
  return { ...training, apartFrom: there.map(({ name }) => name), leftOut: all.length - kept.length, examples: pairs.length };
}
