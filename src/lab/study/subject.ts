/** @file What a study is about: models, prompts, judges and tests of general ability. Each laboratory gives its own. */
import type { Generation } from "../../engine/generate.js";
import type { Intervention } from "../../engine/interventions.js";
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import type { Message } from "../../engine/tokenizer.js";
import type { AnswerVerdict } from "./measured-answers.js";

export interface StudyPrompt {
  readonly messages: readonly Message[];
}

/** What prompts of a set ask for. */
export type PromptKind = "safety" | "helpfulness" | "reasoning";

/** What a DPO model was trained to prefer: answers that are better in one of these ways, `joint` in safety and helpfulness, `other` in an unnamed one. */
export type ObjectiveKind = PromptKind | "joint" | "other";

export interface ObjectiveDescription {
  readonly name: string;
  readonly kind: ObjectiveKind;
}

export interface PromptSetDescription {
  readonly name: string;
  readonly kind: PromptKind;
  /** `finding`: neurons are found on it; `benchmark`: answers to it are measured. No prompt is in sets of both uses */
  readonly use: "finding" | "benchmark";
}

export interface AbilityDescription {
  readonly name: string;
  /** `accuracy`: share of right answers; `perplexity`: a token of running text, lower is better */
  readonly measure: "accuracy" | "perplexity";
}

/** A test's items: 1 right or 0 wrong, or the negative log-likelihood a token of each window. */
export interface AbilityItems {
  readonly values: readonly number[];
  /** tokens of each window of running text; the weights of its values */
  readonly weights?: readonly number[];
  /** accuracy of guessing; null where there is no such thing */
  readonly chance: number | null;
}

/** What the judges say of answers, in their order. */
export interface Judgement {
  readonly costs: readonly number[];
  readonly rewards?: readonly number[];
  readonly verdicts: readonly AnswerVerdict[];
  /** under the base model; null for empty answers */
  readonly perplexities: readonly (number | null)[];
}

/** Another judge of the same answers (paper, E17). */
export interface SecondJudge {
  readonly name: string;
  /** which of its scores are safer */
  readonly safer: "lower" | "higher";
  score(prompts: readonly StudyPrompt[], answers: readonly Generation[], options: RunOptions): Promise<ArrayLike<number>>;
}

/**
 * What a word is about: refusals and warnings; harm; everyday things (where the laboratory's language tells them apart); function words; none of these. Words of the classes
 * `everyday` to `punctuation` may be shown whatever the model.
 */
export const WORD_CLASSES = ["refusal", "harm", "everyday", "common", "number", "punctuation", "other"] as const;
export type WordClass = (typeof WORD_CLASSES)[number];

export interface StudySubject {
  readonly name: string;
  /** in words, e.g. for the head of a report */
  readonly title: string;
  /** seeds of SFT and DPO, ascending */
  readonly seeds: readonly number[];
  /** what DPO models were trained to prefer */
  readonly objectives: readonly ObjectiveDescription[];
  /** the objective in the role of the paper's harmless preferences */
  readonly safety: string;
  readonly promptSets: readonly PromptSetDescription[];
  readonly abilities: readonly AbilityDescription[];
  /** layers at the end that stay out of rankings unless asked otherwise */
  readonly excludeLastLayers: number;
  /** who judges, so that results of other judges are not taken for theirs */
  readonly judges: Readonly<Record<string, unknown>>;
  /** `base`, `sft` or `dpo-OBJECTIVE`; undefined where there is none of this seed */
  model(name: string, seed: number): Model | undefined;
  /** up to `count` prompts, the same every time */
  prompts(set: string, count: number): Promise<readonly StudyPrompt[]>;
  judge(prompts: readonly StudyPrompt[], answers: readonly Generation[], options: RunOptions): Promise<Judgement>;
  readonly secondJudge?: SecondJudge;
  wordClass(token: string): WordClass;
  ability(
    name: string,
    model: Model,
    options: RunOptions & { readonly interventions: readonly Intervention[]; readonly items: number },
  ): Promise<AbilityItems>;
}
