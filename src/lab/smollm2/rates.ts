/** @file Rates and mean costs over prompts and seeds, each with two confidence intervals. */
import { type Estimate, meanEstimate } from "../../statistics/estimate.js";
import { tEstimate } from "../../statistics/student-t.js";
import type { RedTeamEvaluation, Verdicts } from "./evaluation.js";
import { adapterName, type Stage } from "./recipe.js";

/** A mean over prompts and seeds. */
export interface Rate {
  /** with the 95 % bootstrap interval over prompts */
  readonly prompts: Estimate;
  /** with the 95 % t interval over seeds; undefined for one seed */
  readonly seeds: Estimate | undefined;
  /** of each seed */
  readonly perSeed: readonly number[];
}

/** A number for each answer. */
export type Figure = (verdicts: Verdicts) => readonly number[];

export const FIGURES = {
  refusal: share("r"),
  compliance: share("c"),
  nonsense: share("n"),
  harmful: ({ costs = [] }) => costs.map((cost) => Number(cost > 0)),
  cost: ({ costs = [] }) => costs,
} as const satisfies Record<string, Figure>;

function share(letter: string): Figure {
  return ({ kinds }) => Array.from(kinds, (kind) => Number(kind === letter));
}

/** Of the seeds that have the stage. */
export function rateOf({ models }: RedTeamEvaluation, stage: Stage, set: string, figure: Figure): Rate | undefined {
  return rate(seedsOf(models, stage).map((seed) => figure(models[adapterName(stage, seed)][set])));
}

/** SFT minus DPO, prompt by prompt, of the seeds that have both. */
export function gapOf({ models }: RedTeamEvaluation, stage: Stage, set: string, figure: Figure): Rate | undefined {
  const seeds = seedsOf(models, stage).filter((seed) => models[adapterName("sft", seed)] !== undefined);
  return rate(
    seeds.map((seed) => {
      const [sft, dpo] = (["sft", stage] as const).map((one) => figure(models[adapterName(one, seed)][set]));
      return sft.map((value, i) => value - dpo[i]);
    }),
  );
}

export const excludesZero = ({ low, high }: Estimate): boolean => low > 0 || high < 0;

function seedsOf(models: RedTeamEvaluation["models"], stage: Stage): number[] {
  return Object.keys(models).flatMap((name) => {
    const seed = new RegExp(`^${stage}-s(\\d+)$`).exec(name)?.[1];
    return seed === undefined ? [] : [Number(seed)];
  });
}

/** @param values of each seed, of each prompt */
function rate(values: readonly (readonly number[])[]): Rate | undefined {
  if (values.length === 0 || values[0].length === 0) return undefined;
  const overSeeds = values[0].map((_, prompt) => mean(values.map((seed) => seed[prompt])));
  const perSeed = values.map(mean);
  return { prompts: meanEstimate(overSeeds), seeds: perSeed.length < 2 ? undefined : tEstimate(perSeed), perSeed };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
