/** @file Texts with a value for each token, and their colours. */
import { OptionError, ShapeError } from "../errors.js";
import { Activations } from "../neurons/activations.js";
import { quantile } from "./numbers.js";
import { DIVERGING, INK } from "./style.js";

/** A text, token by token, with one value a token. */
export interface TokenText {
  readonly tokens: readonly string[];
  /** one a token; NaN where there is none */
  readonly values: ArrayLike<number>;
  /** shown before the text */
  readonly title?: string;
}

/** Turns token ids into the text of each, as `Tokenizer` does. */
export interface Pieces {
  pieces(ids: readonly number[]): string[];
}

const MOST_TOKENS = 2000;

/** @throws ShapeError, OptionError */
export function checkTexts(texts: readonly TokenText[]): readonly TokenText[] {
  let count = 0;
  for (const [i, { tokens, values }] of texts.entries()) {
    if (!Array.isArray(tokens) || tokens.some((token) => typeof token !== "string"))
      throw new OptionError(`texts[${i}].tokens`, tokens, "a list of strings");
    if (tokens.length !== values?.length)
      throw new ShapeError("tokens", `text ${i} has ${tokens.length} tokens and ${values?.length} values`, [
        [tokens.length],
        [values?.length],
      ]);
    count += tokens.length;
  }
  if (count < 1 || count > MOST_TOKENS) throw new OptionError("texts", `${count} tokens`, `from 1 to ${MOST_TOKENS} tokens`);
  return texts;
}

/** The captured positions of each prompt as a text, with the values of one unit of the site. */
export function activationTexts(activations: Activations, unit: number, tokenizer: Pieces | undefined): TokenText[] {
  if (!Number.isInteger(unit) || unit < 0 || unit >= activations.units)
    throw new OptionError("neuron", unit, `an integer in [0, ${activations.units}), the units of ${activations.site}`);
  if (typeof tokenizer?.pieces !== "function") throw new OptionError("tokenizer", tokenizer, "what `await model.tokenizer()` gives");
  const prompts = new Map<number, { ids: number[]; values: number[] }>();
  for (const [i, { prompt, token }] of activations.rows.entries()) {
    const text = prompts.get(prompt) ?? { ids: [], values: [] };
    text.ids.push(token);
    text.values.push(activations.row(i)[unit]!);
    prompts.set(prompt, text);
  }
  const titled = prompts.size > 1;
  return Array.from(prompts, ([prompt, { ids, values }]) => ({
    tokens: tokenizer.pieces(ids),
    values,
    ...(titled && { title: String(prompt) }),
  }));
}

export const isActivations = (value: unknown): value is Activations => value instanceof Activations;

/** share of the tokens whose values have colours of their own; what is stronger has the strongest colour */
const COLOURED = 0.95;

/** From `low` to `high`; 0 is white where it lies between, or at an end where all values have one sign. */
export interface TokenScale {
  readonly low: number;
  readonly high: number;
  /** stops of plotly's form */
  readonly colours: readonly (readonly [number, string])[];
}

export function tokenScale(texts: readonly TokenText[]): TokenScale {
  const values = texts.flatMap(({ values }) => Array.from(values).filter(Number.isFinite));
  const strengths = values.map(Math.abs).filter((strength) => strength > 0);
  const most = strengths.length === 0 ? 1 : quantile(strengths, COLOURED);
  const half = (from: number) =>
    DIVERGING.filter(([at]) => at >= from && at <= from + 0.5).map(([at, one]) => [2 * (at - from), one] as const);
  if (!values.some((value) => value < 0)) return { low: 0, high: most, colours: half(0.5) };
  if (!values.some((value) => value > 0)) return { low: -most, high: 0, colours: half(0) };
  return { low: -most, high: most, colours: DIVERGING };
}

/** Colours of a token's ground and of its letters. */
export function tokenColours(value: number, { low, high, colours }: TokenScale): { ground: string; ink: string } {
  if (!Number.isFinite(value)) return { ground: "#FFFFFF", ink: INK };
  const at = Math.min(1, Math.max(0, (value - low) / (high - low)));
  const next = Math.max(
    1,
    colours.findIndex(([stop]) => stop >= at),
  );
  const [[from, first], [to, second]] = [colours[next - 1]!, colours[next]!];
  const mixed = [1, 3, 5].map((place) => {
    const [a, b] = [first, second].map((hex) => Number.parseInt(hex.slice(place, place + 2), 16)) as [number, number];
    return Math.round(a + ((b - a) * (at - from)) / (to - from));
  });
  const light = (0.299 * mixed[0]! + 0.587 * mixed[1]! + 0.114 * mixed[2]!) / 255;
  return { ground: `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`, ink: light > 0.55 ? INK : "#FFFFFF" };
}
