/** @file Counts over answers to requests, by the grammar and the oracle. */
import type { Generation } from "../../engine/generate.js";
import { judge, type OrganismPrompt } from "../../organism/index.js";

/** Shares of answers in 0..1, and mean cost and reward. */
export interface AnswerCounts {
  readonly answers: number;
  readonly compliance: number;
  readonly refusal: number;
  readonly evasion: number;
  readonly nonsense: number;
  /** of compliant answers: those that name the verb and object asked for */
  readonly deedRight: number;
  readonly cost: number;
  readonly reward: number;
}

/** @param answers in the order of `prompts` */
export function countAnswers(prompts: readonly OrganismPrompt[], answers: readonly Generation[]): AnswerCounts {
  const verdicts = answers.map(({ text }, i) => judge(prompts[i]!.text, text));
  const share = (holds: (verdict: (typeof verdicts)[number]) => boolean, of = verdicts) => of.filter(holds).length / of.length;
  const mean = (value: (verdict: (typeof verdicts)[number]) => number) =>
    verdicts.reduce((sum, one) => sum + value(one), 0) / verdicts.length;
  return {
    answers: answers.length,
    compliance: share(({ kind }) => kind === "compliance"),
    refusal: share(({ kind }) => kind === "refusal"),
    evasion: share(({ kind }) => kind === "evasion"),
    nonsense: share(({ kind }) => kind === "nonsense"),
    deedRight: share(
      ({ deedRight }) => deedRight,
      verdicts.filter(({ kind }) => kind === "compliance"),
    ),
    cost: mean(({ cost }) => cost),
    reward: mean(({ reward }) => reward),
  };
}
