/** @file How often a guess is right at questions that name their answers, as BBH's do. */

/** Answers that a question may be about without listing them. */
const PAIRS: readonly ReadonlySet<string>[] = [new Set(["true", "false"]), new Set(["yes", "no"]), new Set(["valid", "invalid"])];

/**
 * Share of right answers among those that a question leaves open: one of its lettered lines `(A) …`, one of the lines `- …` below `Options:`,
 * or one of two (yes or no, true or false, valid or invalid). 0 where the answer has to be found.
 * @param answer the right one, in the form of the data set: `(B)`, `Yes`, `24`
 */
export function guessChance(question: string, answer: string): number {
  if (/^\([A-Z]\)$/.test(answer)) return share(question.match(/^\([A-Z]\)/gm));
  const listed = /Options:\n((?:- .*(?:\n|$))+)/.exec(question)?.[1].match(/^- .*$/gm);
  if (listed?.some((line) => line.slice(2).trim() === answer)) return share(listed);
  return PAIRS.some((pair) => pair.has(answer.toLowerCase())) ? 1 / 2 : 0;
}

const share = (choices: readonly string[] | null): number => (choices === null ? 0 : 1 / choices.length);
