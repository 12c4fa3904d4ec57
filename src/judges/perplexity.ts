/** @file Perplexity of running text under a model, by windows that slide over it. */
import type { Model } from "../engine/model.js";
import { checkTokens } from "../engine/prompts.js";
import type { Text } from "../engine/text.js";
import { OptionError } from "../errors.js";
import { type BootstrapOptions, bootstrap, type Estimate } from "../statistics/estimate.js";
import { type AbilityOptions, laterLogprobs } from "./likelihood.js";

export interface PerplexityOptions extends AbilityOptions, BootstrapOptions {
  /** tokens that the model sees at once; default: the longest text it reads, at most 1024 */
  readonly window?: number;
  /** tokens by which the window moves on; the others are context. Default half the window; the window itself = hardly any context, fastest */
  readonly stride?: number;
}

export interface PerplexityWindow {
  /** place of the text in the call */
  readonly text: number;
  /** tokens that are scored in this window */
  readonly tokens: number;
  /** sum of their negative natural log-probabilities */
  readonly nll: number;
}

export interface Perplexity {
  /** `exp(nll / tokens)`; draws are of windows */
  readonly token: Estimate;
  /** `exp(nll / words)`: comparable between tokenizers, as WikiText's results are stated; undefined for token ids */
  readonly word: Estimate | undefined;
  readonly tokens: number;
  /** runs of characters without white space */
  readonly words: number | undefined;
  readonly nll: number;
  readonly items: readonly PerplexityWindow[];
}

const LONGEST_DEFAULT = 1024;

/**
 * Perplexity of texts. Every token but each text's first is scored once, with at least `window - stride` tokens of context where there are
 * so many (the sliding windows of transformers' guide "Perplexity of fixed-length models"). WikiText is one text: `wikitextDocument`.
 * @throws OptionError for a text of fewer than two tokens
 */
export async function perplexity(
  model: Model,
  texts: readonly (string | readonly number[] | Int32Array)[],
  options: PerplexityOptions = {},
): Promise<Perplexity> {
  const { window = Math.min(LONGEST_DEFAULT, model.config.maxPositions) } = options;
  const { stride = Math.max(1, Math.floor(window / 2)) } = options;
  if (!Number.isInteger(window) || window < 2 || window > model.config.maxPositions)
    throw new OptionError("window", window, `a whole number from 2 to ${model.config.maxPositions}`);
  if (!Number.isInteger(stride) || stride < 1 || stride > window)
    throw new OptionError("stride", stride, "a whole number from 1 to the window");
  if (texts.length === 0) throw new OptionError("texts", "none", "at least one");
  const windows: { text: number; part: Text }[] = [];
  for (const [i, text] of texts.entries()) {
    const ids = typeof text === "string" ? (await model.tokenizer()).encode(text) : text;
    if (ids.length < 2) throw new OptionError(`texts[${i}]`, `${ids.length} tokens`, "at least two: the first has no context");
    for (const part of slidingWindows(ids.length, window, stride))
      windows.push({
        text: i,
        part: { ids: checkTokens(model, ids.slice(part.begin, part.end), `texts[${i}]`), promptLength: part.scoredFrom - part.begin },
      });
  }
  const logprobs = await laterLogprobs(
    model,
    windows.map(({ part }) => part),
    options,
  );
  const items = windows.map(({ text }, i) => ({ text, tokens: logprobs[i].length, nll: -logprobs[i].reduce((a, b) => a + b, 0) }));
  const plain = texts.filter((text): text is string => typeof text === "string");
  const words = plain.length === texts.length ? plain.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0) : undefined;
  const sums = (counts: Uint32Array) =>
    items.reduce(([nll, n], item, i) => [nll + counts[i] * item.nll, n + counts[i] * item.tokens], [0, 0]);
  const tokens = items.reduce((sum, item) => sum + item.tokens, 0);
  const per = (units: number) =>
    bootstrap(
      items.length,
      (counts) => {
        const [nll, drawn] = sums(counts);
        return Math.exp((nll / drawn) * (tokens / units));
      },
      options,
    );
  return {
    token: per(tokens),
    word: words ? per(words) : undefined,
    tokens,
    words,
    nll: items.reduce((sum, { nll }) => sum + nll, 0),
    items,
  };
}

/** Parts `begin … end - 1` of a text, of which the tokens from `scoredFrom` are scored. */
export function slidingWindows(length: number, window: number, stride: number): { begin: number; end: number; scoredFrom: number }[] {
  const parts: { begin: number; end: number; scoredFrom: number }[] = [];
  for (let done = 1; done < length; ) {
    const begin = done === 1 ? 0 : Math.max(0, Math.min(done - 1, done + stride - window));
    const end = Math.min(begin + window, length);
    parts.push({ begin, end, scoredFrom: done });
    done = end;
  }
  return parts;
}

/** WikiText's lines as one text, as perplexities of it are usually taken: joined by empty lines. */
export const wikitextDocument = (lines: readonly { readonly text: string }[]): string => lines.map(({ text }) => text).join("\n\n");
