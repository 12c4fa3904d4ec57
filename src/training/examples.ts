/** @file What a user gives as examples, and the token ids that they become. */
import type { Model } from "../engine/model.js";
import { checkTokens, encodePrompts, type Prompt } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import type { PreferencePair } from "./dpo-objective.js";
import type { AnsweredText } from "./objective.js";

/** Text that follows a prompt, tokenised without special tokens, or token ids taken as they are. */
export type Answer = string | readonly number[] | Int32Array;

export interface SftExample {
  readonly prompt: Prompt;
  readonly answer: Answer;
  /** how much each answer token counts, the stop token that is added included; default 1 each */
  readonly weights?: readonly number[] | Float32Array;
}

/** Two answers to one prompt, the better one first. */
export interface DpoExample {
  readonly prompt: Prompt;
  readonly chosen: Answer;
  readonly rejected: Answer;
}

export interface ExampleOptions {
  /** make each plain prompt one user message in chat form; default false */
  chat?: boolean;
  /** token added to each answer given as text; null = none. Default: the first stop token of the model, where it has one */
  stopToken?: number | null;
  /** answers are cut so that no text is longer, in tokens; default: the longest text that the model reads */
  maxTokens?: number;
}

/** @throws OptionError for an empty answer, weights that do not fit it, or a prompt that leaves no room for it */
export async function encodeSft(model: Model, examples: readonly SftExample[], options: ExampleOptions): Promise<AnsweredText[]> {
  const prompts = await encodePrompts(
    model,
    examples.map(({ prompt }) => prompt),
    options.chat,
  );
  return Promise.all(examples.map(({ answer, weights }, i) => answered(model, prompts[i].ids, answer, options, `examples[${i}]`, weights)));
}

/** @throws OptionError as {@link encodeSft} */
export async function encodePairs(model: Model, pairs: readonly DpoExample[], options: ExampleOptions): Promise<PreferencePair[]> {
  const prompts = await encodePrompts(
    model,
    pairs.map(({ prompt }) => prompt),
    options.chat,
  );
  return Promise.all(
    pairs.map(async ({ chosen, rejected }, i) => ({
      chosen: await answered(model, prompts[i].ids, chosen, options, `pairs[${i}].chosen`),
      rejected: await answered(model, prompts[i].ids, rejected, options, `pairs[${i}].rejected`),
    })),
  );
}

async function answered(
  model: Model,
  prompt: Int32Array,
  answer: Answer,
  options: ExampleOptions,
  what: string,
  given?: readonly number[] | Float32Array,
): Promise<AnsweredText> {
  const { maxPositions, stopTokens } = model.config;
  const { maxTokens = maxPositions, stopToken = stopTokens[0] ?? null } = options;
  if (!Number.isInteger(maxTokens) || maxTokens < 2) throw new OptionError("maxTokens", maxTokens, "a whole number from 2");
  const tokens = typeof answer === "string" ? (await model.tokenizer()).encodePlain(answer) : [...answer];
  if (typeof answer === "string" && stopToken !== null) tokens.push(stopToken);
  if (tokens.length === 0) throw new OptionError(what, answer, "an answer of at least one token");
  if (given && given.length !== tokens.length)
    throw new OptionError(`${what}.weights`, `${given.length} weights`, `one for each of the answer's ${tokens.length} tokens`);
  const room = Math.min(maxTokens, maxPositions) - prompt.length;
  if (room < 1)
    throw new OptionError(what, `a prompt of ${prompt.length} tokens`, `fewer than ${prompt.length + room}, the most a text may have`);
  const weights = Float32Array.from(given ?? tokens, (value) => (given ? value : 1)).slice(0, room);
  if (!weights.every((weight) => weight >= 0 && weight < Number.POSITIVE_INFINITY) || !weights.some((weight) => weight > 0))
    throw new OptionError(`${what}.weights`, given, "finite numbers from 0, one of them above 0");
  return { ids: checkTokens(model, [...prompt, ...tokens.slice(0, room)], what), promptLength: prompt.length, weights };
}
