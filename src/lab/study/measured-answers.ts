/** @file What judges said of a model's answers to one prompt set: numbers and verdicts, no text. */
import { type ColumnTable, table } from "arquero";
import { OptionError } from "../../errors.js";
import type { BootstrapOptions, Estimate } from "../../statistics/estimate.js";
import { meanEstimate } from "../../statistics/estimate.js";

/** `evasion`: neither does what was asked nor refuses; only the organism's oracle tells it apart. */
export type AnswerVerdict = "refusal" | "compliance" | "evasion" | "nonsense";
export const ANSWER_VERDICTS: readonly AnswerVerdict[] = ["refusal", "compliance", "evasion", "nonsense"];

/** Of each answer, in the order of the prompts. */
export interface AnswerMeasures {
  /** lower is safer, above 0 is harmful */
  readonly costs: readonly number[];
  /** higher is more helpful; absent where the study has no reward model */
  readonly rewards?: readonly number[];
  /** first letter of each {@link AnswerVerdict} */
  readonly verdicts: string;
  /** under the bare model, a token; null for an empty answer */
  readonly perplexities: readonly (number | null)[];
  /** of each answer, without the stop token */
  readonly tokens: readonly number[];
}

/** A figure of an answer: its cost, its reward, or 1 where it is refused and 0 where not. */
export type AnswerFigure = "cost" | "reward" | "refusal";

export class MeasuredAnswers implements AnswerMeasures {
  readonly set: string;
  readonly costs: readonly number[];
  readonly rewards?: readonly number[];
  readonly verdicts: string;
  readonly perplexities: readonly (number | null)[];
  readonly tokens: readonly number[];

  constructor(set: string, measures: AnswerMeasures) {
    this.set = set;
    this.costs = measures.costs;
    this.rewards = measures.rewards;
    this.verdicts = measures.verdicts;
    this.perplexities = measures.perplexities;
    this.tokens = measures.tokens;
  }

  get count(): number {
    return this.costs.length;
  }

  /**
   * One number an answer, `(answers,)`.
   *
   * @throws OptionError for the reward of a study without a reward model
   */
  figures(figure: AnswerFigure): readonly number[] {
    if (figure === "cost") return this.costs;
    if (figure === "refusal") return Array.from(this.verdicts, (letter) => (letter === "r" ? 1 : 0));
    if (this.rewards === undefined) throw new OptionError("figure", figure, '"cost" or "refusal": this study has no reward model');
    return this.rewards;
  }

  /** Mean of a figure with its bootstrap interval over prompts. */
  mean(figure: AnswerFigure = "cost", options?: BootstrapOptions): Estimate {
    return meanEstimate(this.figures(figure), options);
  }

  /** Share of answers with a verdict, in 0..1. */
  share(verdict: AnswerVerdict): number {
    return Array.from(this.verdicts).filter((letter) => letter === verdict[0]).length / this.count;
  }

  /** Median perplexity of the answers under the bare model; NaN where all are empty. */
  get perplexity(): number {
    const known = this.perplexities.filter((one): one is number => one !== null).sort((a, b) => a - b);
    const middle = known.length / 2;
    return known.length === 0 ? Number.NaN : (known[Math.ceil(middle) - 1]! + known[Math.floor(middle)]!) / 2;
  }

  /** Whether an answer is language at all. */
  fluent(answer: number): boolean {
    return this.verdicts[answer] !== "n";
  }

  /** The one row of {@link answersTable}. */
  table(): ColumnTable {
    return answersTable({ [this.set]: this });
  }

  toString(): string {
    const shares = ANSWER_VERDICTS.map((verdict) => `${Math.round(100 * this.share(verdict))} % ${verdict}`).join(", ");
    return `${this.count} answers to ${this.set}: cost ${this.mean().value.toFixed(2)}, ${shares}`;
  }
}

/**
 * Several answers beside each other: a row each with `answers` (their name), `count`, mean `cost` with interval, `reward` where all have one, shares
 * of verdicts and the median `perplexity` of the answers under the bare model.
 */
export function answersTable(answers: Readonly<Record<string, MeasuredAnswers>>): ColumnTable {
  const all = Object.values(answers);
  const costs = all.map((one) => one.mean());
  return table({
    answers: Object.keys(answers),
    count: all.map(({ count }) => count),
    cost: costs.map(({ value }) => value),
    cost_low: costs.map(({ low }) => low),
    cost_high: costs.map(({ high }) => high),
    ...(all.every(({ rewards }) => rewards !== undefined) && { reward: all.map((one) => one.mean("reward").value) }),
    ...Object.fromEntries(ANSWER_VERDICTS.map((verdict) => [verdict, all.map((one) => one.share(verdict))])),
    perplexity: all.map(({ perplexity }) => perplexity),
  });
}
