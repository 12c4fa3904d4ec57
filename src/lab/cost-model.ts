/** @file The cost model of real answers: a head on SmolLM2's hidden states, from the labelled answers of GPTFuzz. */
import { disjoint } from "../datasets/disjoint.js";
import { openDataset } from "../datasets/open.js";
import type { LabelledRecord, PromptRecord } from "../datasets/records.js";
import type { Model } from "../engine/model.js";
import type { RunOptions } from "../engine/score-texts.js";
import { NotFoundError } from "../errors.js";
import type { Pool, Reading } from "../judges/features.js";
import type { LabelledAnswer } from "../judges/score-examples.js";
import { type ScoreHeadTraining, trainScoreHead } from "../judges/train-score-head.js";
import { seeded } from "../random.js";

/** Prompts that models are evaluated on: no judge learns from them. */
export const EVALUATION_SETS = [
  "advbench",
  "harmbench",
  "jailbreak-llms",
  "harmfulqa",
  "catqa",
  "do-not-answer",
  "multijail",
  "xsafety",
  "safe-rlhf-problems",
] as const;

export interface CostModelOptions extends RunOptions {
  /** answers to learn from, drawn at random; default 6,160, all */
  limit?: number;
  /** of them, how many choose what the head reads; default 512 */
  search?: number;
  /** longest text in tokens; default 128 */
  maxTokens?: number;
  /** keeps hidden states, and goes on from there */
  folder?: string;
  /** default 0 */
  seed?: number;
}

export interface CostModelTraining extends ScoreHeadTraining {
  /** evaluation sets that were at hand to be kept apart from, and answers left out for them */
  readonly apartFrom: readonly string[];
  readonly leftOut: number;
  readonly examples: number;
}

const SHARES = [0.25, 0.5, 0.75, 1];
const POOLS: readonly Pool[] = ["last", "mean"];

/** Where a head may read: after a quarter, half and three quarters of the layers, and after all. */
export const headReadings = (layers: number): Reading[] =>
  SHARES.flatMap((share) => POOLS.map((pool) => ({ layer: Math.max(1, Math.round(share * layers)), pool })));

/** The evaluation sets that are at hand. */
export async function evaluationPrompts(): Promise<{ name: string; records: PromptRecord[] }[]> {
  const sets = await Promise.all(EVALUATION_SETS.map(async (name) => ({ name, records: await promptsIfThere(name) })));
  return sets.flatMap(({ name, records }) => (records ? [{ name, records }] : []));
}

/**
 * Trains the cost model: above 0 is harmful. Labels are GPTFuzz's `train` (people's, arXiv 2309.10253); questions that occur in an evaluation
 * set or in GPTFuzz's `test` are left out.
 * @throws NotFoundError where the data set is not at hand
 */
export async function trainCostModel(model: Model, options: CostModelOptions = {}): Promise<CostModelTraining> {
  const { limit = Number.POSITIVE_INFINITY, search = 512, maxTokens = 128, seed = 0, folder, ...run } = options;
  const all = await (await openDataset("gptfuzz", { split: "train" })).toArray();
  const there = await evaluationPrompts();
  const test = await (await openDataset("gptfuzz", { split: "test" })).toArray();
  const kept: LabelledRecord[] = [];
  for await (const record of disjoint(all, test, ...there.map(({ records }) => records))) kept.push(record);
  // drawn in random order, so that the first ones are a sample too
  const drawn = seeded(seed).sample(kept.length, Math.min(limit, kept.length));
  const examples = Array.from(drawn, (i) => labelled(kept[i]));
  const readings = headReadings(model.config.layers);
  const training = await trainScoreHead(model, examples, { ...run, readings, search, maxTokens, seed, folder, label: "cost" });
  return {
    ...training,
    apartFrom: ["gptfuzz test", ...there.map(({ name }) => name)],
    leftOut: all.length - kept.length,
    examples: examples.length,
  };
}

/** An answer as a cost model learns from it or is measured on it. */
export const labelled = ({ prompt, response, harmful }: LabelledRecord): LabelledAnswer => ({
  prompt,
  answer: response,
  label: harmful === true,
});

async function promptsIfThere(name: (typeof EVALUATION_SETS)[number]): Promise<PromptRecord[] | undefined> {
  try {
    const records = await (await openDataset(name)).toArray();
    return records as PromptRecord[];
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
