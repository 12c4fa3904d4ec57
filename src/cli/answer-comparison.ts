/** @file How much patched answers differ from the first model's and from the donor's: numbers alone, no text. */
import type { Generation } from "../engine/generate.js";
import { short } from "./numbers.js";

export interface AnswerSets {
  readonly first: readonly Generation[];
  readonly second: readonly Generation[];
  readonly patched: readonly Generation[];
  readonly random?: readonly Generation[];
}

/** Of one kind of patched answers; lengths are means over the prompts, in tokens. */
export interface AnswerComparison {
  /** answers that are not the first model's */
  readonly changed: number;
  /** answers that are the second model's, token by token */
  readonly equalSecond: number;
  /** tokens until the answer leaves the first model's */
  readonly sharedWithFirst: number;
  readonly sharedWithSecond: number;
  readonly length: number;
}

export interface Comparison {
  readonly prompts: number;
  /** the first model's own answers, seen in the same way */
  readonly first: AnswerComparison;
  readonly second: AnswerComparison;
  readonly patched: AnswerComparison;
  readonly random?: AnswerComparison;
}

export function compareAnswers({ first, second, patched, random }: AnswerSets): Comparison {
  const compare = (answers: readonly Generation[]): AnswerComparison => ({
    changed: answers.filter(({ ids }, i) => !same(ids, first[i].ids)).length,
    equalSecond: answers.filter(({ ids }, i) => same(ids, second[i].ids)).length,
    sharedWithFirst: meanOf(answers, ({ ids }, i) => shared(ids, first[i].ids)),
    sharedWithSecond: meanOf(answers, ({ ids }, i) => shared(ids, second[i].ids)),
    length: meanOf(answers, ({ ids }) => ids.length),
  });
  return {
    prompts: first.length,
    first: compare(first),
    second: compare(second),
    patched: compare(patched),
    ...(random && { random: compare(random) }),
  };
}

/** One line a figure, one column a kind of answers. */
export function comparisonTable({ prompts, ...kinds }: Comparison): string {
  const columns = Object.entries(kinds) as [string, AnswerComparison][];
  const line = (label: string, cell: (of: AnswerComparison) => string) =>
    `  ${label.padEnd(42)}${columns.map(([, of]) => cell(of).padStart(9)).join("")}`;
  return [
    `  ${"".padEnd(42)}${columns.map(([name]) => name.padStart(9)).join("")}`,
    line(`answers other than the first model's, of ${prompts}`, ({ changed }) => String(changed)),
    line(`answers equal to the second's, of ${prompts}`, ({ equalSecond }) => String(equalSecond)),
    line("tokens shared with the first's (mean)", ({ sharedWithFirst }) => short(sharedWithFirst)),
    line("tokens shared with the second's (mean)", ({ sharedWithSecond }) => short(sharedWithSecond)),
    line("tokens (mean)", ({ length }) => short(length)),
  ].join("\n");
}

const shared = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((id, i) => id !== b[i]);
  return at < 0 ? a.length : at;
};

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && shared(a, b) === a.length;

const meanOf = (answers: readonly Generation[], figure: (answer: Generation, index: number) => number): number =>
  answers.reduce((sum, answer, i) => sum + figure(answer, i), 0) / answers.length;
