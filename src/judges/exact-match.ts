/** @file Exact match: a model writes an answer, which is read out of its text and compared. */
import { type GenerateOptions, type Generation, generate } from "../engine/generate.js";
import type { Model } from "../engine/model.js";
import type { Prompt } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import { type BootstrapOptions, type Estimate, meanEstimate } from "../statistics/estimate.js";

export interface AnswerItem {
  readonly prompt: Prompt;
  readonly answer: string;
}

/** The answer that a text gives; undefined where it gives none. */
export type Extract = (text: string) => string | undefined;

export interface ExactMatchOptions extends Omit<GenerateOptions, "seed" | "onToken">, BootstrapOptions {
  /** default `extract.plain` */
  extract?: Extract;
}

export interface ExactMatchResult {
  readonly generation: Generation;
  /** undefined where the text gives no answer */
  readonly extracted: string | undefined;
  readonly right: boolean;
}

export interface ExactMatch {
  readonly accuracy: Estimate;
  /** share of texts that give an answer at all */
  readonly answered: Estimate;
  readonly items: readonly ExactMatchResult[];
}

/** The first line that is not empty. */
const firstLine: Extract = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");

/** Ways to read an answer out of a text. */
export const extract = {
  /** the first line that is not empty */
  plain: firstLine,
  /** GSM8K's own form, `#### 42`; commas and a dollar sign do not count */
  gsm8k: (text) => number(/####\s*\$?(-?[\d,]*\.?\d+)/.exec(text)?.[1]),
  /** the last number written: forgiving where a model does not know GSM8K's form */
  lastNumber: (text) => number(text.match(/-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)/g)?.at(-1)),
  /** BBH: what follows "the answer is", else the first line; without a full stop at the end */
  bbh: (text) => {
    const stated = /\bthe answer is:?\s*([^\n]+)/i.exec(text)?.[1] ?? firstLine(text);
    return stated?.trim().replace(/\.$/, "");
  },
} as const satisfies Record<string, Extract>;

/**
 * Greedy answers compared with the right ones. Letter case, white space, and a full stop at the end do not count; numbers are compared as
 * numbers.
 * @param options `newTokens`: default 256
 */
export async function exactMatch(model: Model, items: readonly AnswerItem[], options: ExactMatchOptions = {}): Promise<ExactMatch> {
  if (items.length === 0) throw new OptionError("items", "none", "at least one");
  const { extract: read = extract.plain, newTokens = 256, level, draws, ...rest } = options;
  const generations = await generate(
    model,
    items.map(({ prompt }) => prompt),
    { ...rest, newTokens },
  );
  const results = generations.map((generation, i): ExactMatchResult => {
    const extracted = read(generation.text);
    return { generation, extracted, right: extracted !== undefined && sameAnswer(extracted, items[i].answer) };
  });
  const share = (holds: (result: ExactMatchResult) => boolean) =>
    meanEstimate(
      results.map((result) => (holds(result) ? 1 : 0)),
      { level, draws },
    );
  return { accuracy: share(({ right }) => right), answered: share(({ extracted }) => extracted !== undefined), items: results };
}

function sameAnswer(given: string, right: string): boolean {
  const [a, b] = [normalised(given), normalised(right)];
  return a === b || (isNumber(a) && isNumber(b) && Number(a) === Number(b));
}

const normalised = (text: string): string => text.toLowerCase().replace(/\s+/g, " ").trim().replace(/\.$/, "");

const isNumber = (text: string): boolean => /^-?(\d+\.?\d*|\.\d+)$/.test(text);

const number = (text: string | undefined): string | undefined => text?.replaceAll(",", "");
