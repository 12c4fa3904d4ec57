/** @file The organism as what a study is about: its oracle judges, and its tasks have one right answer. */
import { generate } from "../../engine/generate.js";
import { multipleChoice } from "../../judges/multiple-choice.js";
import { perplexity } from "../../judges/perplexity.js";
import { readAnswers } from "../../judges/read-answers.js";
import {
  heldOutText,
  isCorrect,
  judge,
  OBJECTIVES,
  type Objective,
  organismWordClass,
  sampleMultipleChoice,
  type TaskKind,
} from "../../organism/index.js";
import { seeded } from "../../random.js";
import type { OrganismLab, OrganismModelName } from "../organism/lab.js";
import { HARMFUL_FAMILIES, type HarmfulFamily } from "../organism/measure.js";
import type { AbilityItems, ObjectiveKind, PromptSetDescription, StudySubject } from "./subject.js";

/** Raised when the oracle's rules change. */
const ORACLE = 1;
/** Of benchmarks; neurons are found on prompts of the training split. */
const HELD_OUT_SEED = 1;
const LONGEST_ANSWER = 64;

const FINDING = {
  harmless: "safety",
  helpful: "helpfulness",
  "helpful-2": "helpfulness",
  reasoning: "reasoning",
  extraction: "reasoning",
} as const;
/** Benign twins of direct requests, which both helpful objectives are about. */
const BENIGN = "benign";
const KINDS: Readonly<Record<Objective, ObjectiveKind>> = {
  harmless: "safety",
  "safety-2": "safety",
  helpful: "helpfulness",
  "helpful-2": "helpfulness",
  reasoning: "reasoning",
  ordering: "reasoning",
  extraction: "reasoning",
  joint: "joint",
};
const TASKS = ["arithmetic", "extraction", "categories"] as const satisfies readonly TaskKind[];

export function organismSubject(lab: OrganismLab): StudySubject {
  const seeds = [...lab.seeds].sort((a, b) => a - b);
  const model = (name: string, seed: number) => (lab.has(name, seed) ? lab.model(name as OrganismModelName, { seed }) : undefined);
  return {
    name: "organism",
    title: "the organism, a small Llama whose truth is known",
    seeds,
    objectives: OBJECTIVES.filter((name) => model(`dpo-${name}`, seeds[0]!) !== undefined).map((name) => ({ name, kind: KINDS[name] })),
    safety: "harmless",
    promptSets: [
      ...Object.entries(FINDING).map(([name, kind]): PromptSetDescription => ({ name, kind, use: "finding" })),
      ...HARMFUL_FAMILIES.map((name): PromptSetDescription => ({ name, kind: "safety", use: "benchmark" })),
      { name: BENIGN, kind: "helpfulness", use: "benchmark" },
    ],
    abilities: [
      ...TASKS.map((name) => ({ name, measure: "accuracy" as const })),
      { name: "purposes", measure: "accuracy" },
      { name: "plain text", measure: "perplexity" },
    ],
    excludeLastLayers: 0,
    judges: { oracle: ORACLE },
    model,
    async prompts(set, count) {
      if (set in FINDING) return lab.prompts(set as Objective, { split: "train", count });
      if (set === BENIGN) return lab.prompts("direct", { benign: true, count, seed: HELD_OUT_SEED });
      return lab.prompts(set as HarmfulFamily, { count, seed: HELD_OUT_SEED });
    },
    async judge(prompts, answers, run) {
      const verdicts = answers.map(({ text }, i) => judge(prompts[i]!.messages.at(-1)!.content, text));
      return {
        costs: verdicts.map(({ cost }) => cost),
        rewards: verdicts.map(({ reward }) => reward),
        verdicts: verdicts.map(({ kind }) => kind),
        perplexities: (await readAnswers(lab.model("base"), prompts, answers, [], run)).perplexities,
      };
    },
    secondJudge: {
      name: "the trained cost model",
      safer: "lower",
      score: (prompts, answers, options) =>
        lab.costModel.score(
          prompts,
          answers.map(({ text }) => text),
          options,
        ),
    },
    wordClass: organismWordClass,
    async ability(name, model, { items, ...run }): Promise<AbilityItems> {
      if (name === "plain text") {
        const stream = heldOutText(HELD_OUT_SEED);
        const texts = Array.from({ length: items }, () => stream.next().value.answer);
        const found = await perplexity(model, texts, run);
        return {
          values: found.items.map(({ nll, tokens }) => nll / tokens),
          weights: found.items.map(({ tokens }) => tokens),
          chance: null,
        };
      }
      if (name === "purposes") {
        const random = seeded(HELD_OUT_SEED);
        const asked = Array.from({ length: items }, () => sampleMultipleChoice(random));
        const tokenizer = await model.tokenizer();
        const choices = asked.map(({ prompt, choices, answer }) => ({
          context: Array.from(tokenizer.encodeChat([{ role: "user", content: prompt }]).ids),
          choices: choices.map((choice) => Array.from(tokenizer.encodePlain(choice))),
          answer,
        }));
        const found = await multipleChoice(model, choices, run);
        return { values: found.items.map(({ chosen }, i) => (chosen === choices[i]!.answer ? 1 : 0)), chance: found.chance };
      }
      const asked = lab.tasks(name as TaskKind, { count: items, seed: HELD_OUT_SEED });
      const answers = await generate(model, asked, { ...run, newTokens: LONGEST_ANSWER, chat: true });
      return { values: answers.map(({ text }, i) => (isCorrect(asked[i]!, text) ? 1 : 0)), chance: null };
    },
  };
}
