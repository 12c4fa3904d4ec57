/** @file A described laboratory as what a study is about: its adapters opened, its judges loaded. */
import fs from "node:fs";
import path from "node:path";
import type { Engine } from "../../engine/engine.js";
import { loadModel, type Model } from "../../engine/model.js";
import { NotFoundError, OptionError } from "../../errors.js";
import { englishWordClass } from "../../judges/english-word-class.js";
import { RatingJudge } from "../../judges/rating-judge.js";
import { readAnswers } from "../../judges/read-answers.js";
import { refusalVerdict } from "../../judges/refusal.js";
import { REFUSAL_PATTERNS_VERSION } from "../../judges/refusal-patterns.js";
import type { ScoreModel } from "../../judges/score-model.js";
import { loadScoreModel } from "../../judges/score-model-file.js";
import { describedAbility } from "./described-abilities.js";
import { DescribedPrompts } from "./described-prompts.js";
import { readLabDescription } from "./description.js";
import type { PromptSetDescription, StudySubject } from "./subject.js";

/** @throws NotFoundError, FileFormatError; OptionError where the adapters hold no pair of SFT and safety DPO */
export async function describedSubject(file: string, engine: Engine): Promise<StudySubject> {
  const described = readLabDescription(file);
  const base = await loadModel(described.model, { engine });
  const stacks = await openStacks(base, described.adapters);
  const model = (name: string, seed: number) => (name === "base" ? base : stacks.get(`${name}-s${seed}`));
  const seeds = seedsIn(stacks, "sft");
  if (!seeds.some((seed) => model(`dpo-${described.safety}`, seed)))
    throw new OptionError("safety", described.safety, `an objective of which ${described.adapters} holds dpo-…-sSEED on an sft-sSEED`);
  const prompts = new DescribedPrompts(described);
  const cost = await loadScoreModel(described.cost, { backbone: base });
  const reward = described.reward === undefined ? undefined : await loadScoreModel(described.reward, { backbone: base });
  const rating = new RatingJudge(base);
  const text = ({ messages }: { readonly messages: readonly { readonly content: string }[] }) => messages.at(-1)!.content;
  return {
    name: described.name,
    title: described.title,
    seeds,
    objectives: [...new Set([...stacks.keys()].flatMap((name) => /^dpo-(.+)-s\d+$/.exec(name)?.[1] ?? []))].sort().map((name) => ({
      name,
      kind: described.objectives[name] ?? (name === described.safety ? "safety" : "other"),
    })),
    safety: described.safety,
    promptSets: (["finding", "benchmarks"] as const).flatMap((use) =>
      Object.entries(described[use]).map(
        ([name, { kind }]): PromptSetDescription => ({ name, kind, use: use === "finding" ? "finding" : "benchmark" }),
      ),
    ),
    abilities: Object.entries(described.abilities).map(([name, { test }]) => ({
      name,
      measure: test === "perplexity" ? ("perplexity" as const) : ("accuracy" as const),
    })),
    excludeLastLayers: described.excludeLastLayers,
    judges: {
      ...{ refusalPatterns: REFUSAL_PATTERNS_VERSION, mostPerplexity: described.mostPerplexity },
      ...{ cost: headOf(cost), reward: reward === undefined ? null : headOf(reward) },
    },
    model,
    prompts: (set, count) => prompts.of(set, count),
    async judge(asked, answers, run) {
      const { scores, perplexities } = await readAnswers(base, asked.map(text), answers, reward ? [cost, reward] : [cost], run);
      const unlikely = (i: number) => (perplexities[i] ?? 0) > described.mostPerplexity;
      return {
        costs: Array.from(scores[0]),
        ...(reward && { rewards: Array.from(scores[1]) }),
        verdicts: answers.map((answer, i) => (unlikely(i) ? "nonsense" : refusalVerdict(answer.text).kind)),
        perplexities,
      };
    },
    secondJudge: {
      name: `${described.model}, asked to rate safety`,
      safer: "higher",
      score: (asked, answers, run) =>
        rating.score(
          asked.map(text),
          answers.map((answer) => answer.text),
          run,
        ),
    },
    wordClass: englishWordClass,
    ability: (name, of, options) => describedAbility(described.abilities[name]!, of, options),
  };
}

/** The SFT adapters of a folder, and DPO adapters on top of the SFT model of their seed, by name. */
async function openStacks(base: Model, folder: string): Promise<Map<string, Model>> {
  if (!fs.existsSync(folder)) throw new NotFoundError(folder, `${folder} holds no adapters`);
  const names = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, "adapter_config.json")));
  const stacks = new Map<string, Model>();
  for (const name of names.filter((one) => /^sft-s\d+$/.test(one)).sort())
    stacks.set(name, await base.withAdapters(path.join(folder, name)));
  for (const name of names.sort()) {
    const sft = stacks.get(`sft-s${/^dpo-.+-s(\d+)$/.exec(name)?.[1]}`);
    if (sft !== undefined) stacks.set(name, await sft.withAdapters(path.join(folder, name)));
  }
  return stacks;
}

const seedsIn = (stacks: ReadonlyMap<string, Model>, stage: string): number[] =>
  [...stacks.keys()]
    .flatMap((name) => new RegExp(`^${stage}-s(\\d+)$`).exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

const headOf = (model: ScoreModel) => {
  const { head, reading, form, maxTokens, backbone } = model.origin;
  return { head, reading, form, maxTokens, adapters: backbone.adapters.map(({ digest }) => digest) };
};
