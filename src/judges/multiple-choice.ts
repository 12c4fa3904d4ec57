/** @file Multiple choice by likelihood: which of several continuations a model finds likeliest. */

import type { ChoiceRecord } from "../datasets/records.js";
import type { Model } from "../engine/model.js";
import { checkTokens } from "../engine/prompts.js";
import type { Text } from "../engine/text.js";
import { OptionError } from "../errors.js";
import { type BootstrapOptions, type Estimate, meanEstimate } from "../statistics/estimate.js";
import { type AbilityOptions, laterLogprobs } from "./likelihood.js";

/** A question as a model reads it: the choices follow the context directly, so they begin with a space where one is wanted. */
export interface ChoiceItem {
  readonly context: string | readonly number[];
  readonly choices: readonly (string | readonly number[])[];
  /** index of the right choice */
  readonly answer: number;
}

export interface ChoiceResult {
  /** `(choices,)`: sum of the log-probabilities of each choice's tokens after the context */
  readonly logprobs: readonly number[];
  /** the likeliest choice; the first of equals */
  readonly chosen: number;
  /** the likeliest for its length, in characters without leading white space (in tokens for token ids) */
  readonly chosenByLength: number;
}

export interface MultipleChoice {
  /** share of items whose likeliest choice is right: lm-evaluation-harness' `acc`; TruthfulQA's MC1 */
  readonly accuracy: Estimate;
  /** by likelihood for length: its `acc_norm` */
  readonly accuracyByLength: Estimate;
  /** what choosing at random would get, on average */
  readonly chance: number;
  readonly items: readonly ChoiceResult[];
}

/**
 * Likelihood of every choice after its context. As in lm-evaluation-harness context and choice are tokenised together and cut where the
 * context alone would end; contexts too long for the model lose their beginning.
 * @throws OptionError for an item without two choices, or an answer that is none of them
 */
export async function multipleChoice(
  model: Model,
  items: readonly ChoiceItem[],
  options: AbilityOptions & BootstrapOptions = {},
): Promise<MultipleChoice> {
  if (items.length === 0) throw new OptionError("items", "none", "at least one");
  for (const [i, { choices, answer }] of items.entries()) {
    if (choices.length < 2) throw new OptionError(`items[${i}].choices`, choices.length, "at least two");
    if (choices[answer] === undefined) throw new OptionError(`items[${i}].answer`, answer, `an index below ${choices.length}`);
  }
  const likelihoods = await choiceLogprobs(model, items, options);
  const results = items.map(({ choices }, i): ChoiceResult => {
    const logprobs = likelihoods[i];
    const byLength = logprobs.map((logprob, i) => logprob / Math.max(1, lengthOf(choices[i])));
    return { logprobs, chosen: highest(logprobs), chosenByLength: highest(byLength) };
  });
  const share = (pick: (result: ChoiceResult) => number) =>
    meanEstimate(
      results.map((result, i) => (pick(result) === items[i].answer ? 1 : 0)),
      options,
    );
  return {
    accuracy: share(({ chosen }) => chosen),
    accuracyByLength: share(({ chosenByLength }) => chosenByLength),
    chance: items.reduce((sum, { choices }) => sum + 1 / choices.length, 0) / items.length,
    items: results,
  };
}

/** Sum of the log-probabilities of each choice's tokens after its context, of each item `(choices,)`. */
export async function choiceLogprobs(
  model: Model,
  items: readonly Omit<ChoiceItem, "answer">[],
  options: AbilityOptions,
): Promise<number[][]> {
  const texts: Text[] = [];
  for (const [i, { context, choices }] of items.entries())
    for (const choice of choices) texts.push(await continued(model, context, choice, `items[${i}]`));
  const sums = (await laterLogprobs(model, texts, options)).map((logprobs) => logprobs.reduce((a, b) => a + b, 0));
  let at = 0;
  return items.map(({ choices }) => choices.map(() => sums[at++]));
}

async function continued(model: Model, context: ChoiceItem["context"], choice: string | readonly number[], option: string): Promise<Text> {
  let ids: readonly number[];
  let length: number;
  if (typeof context === "string" && typeof choice === "string") {
    const tokenizer = await model.tokenizer();
    // spaces at the border belong to the choice, as tokenizers join them to what follows
    const [, before, space] = /^([\s\S]*?)(\s*)$/.exec(context)!;
    ids = tokenizer.encode(before + space + choice);
    length = tokenizer.encode(before).length;
  } else if (typeof context !== "string" && typeof choice !== "string") {
    ids = [...context, ...choice];
    length = context.length;
  } else throw new OptionError(option, "text and token ids", "both as text or both as token ids");
  if (length < 1 || length >= ids.length)
    throw new OptionError(option, `${length} and ${ids.length - length} tokens`, "a context and choices of at least one token");
  const excess = Math.min(Math.max(0, ids.length - model.config.maxPositions), length - 1);
  return { ids: checkTokens(model, ids.slice(excess), option), promptLength: length - excess };
}

const lengthOf = (choice: string | readonly number[]): number => (typeof choice === "string" ? choice.trimStart().length : choice.length);

const highest = (values: readonly number[]): number => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/** MMLU's form: the question with lettered choices, answered by a letter (Hendrycks et al. 2021). */
export function letteredChoices({ question, choices, answer }: ChoiceRecord): ChoiceItem {
  const letters = choices.map((_, i) => String.fromCharCode(65 + i));
  const lines = choices.map((choice, i) => `${letters[i]}. ${choice}`);
  return { context: `${question.trim()}\n${lines.join("\n")}\nAnswer:`, choices: letters.map((letter) => ` ${letter}`), answer };
}

/**
 * The choices themselves as answers, as for TruthfulQA's MC1 and most likelihood tests.
 * @param before what stands before the question, e.g. examples; default none
 */
export function answeredChoices({ question, choices, answer }: ChoiceRecord, before = ""): ChoiceItem {
  return { context: `${before}Q: ${question.trim()}\nA:`, choices: choices.map((choice) => ` ${choice.trim()}`), answer };
}
