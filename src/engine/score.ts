/** @file Reading texts: logits and log-probabilities of given tokens, with or without interventions. */
import { OptionError } from "../errors.js";
import type { Intervention } from "./interventions.js";
import type { Model } from "./model.js";
import { checkPositions, type Positions, resolvePositions } from "./positions.js";
import { checkTokens, encodePrompts, type Prompt } from "./prompts.js";
import { type RunOptions, scoreTexts } from "./score-texts.js";
import type { Text } from "./text.js";

export interface ScoreOptions extends RunOptions {
  /** token ids or text that follows each prompt, scored with it; text is tokenised without special tokens */
  completions?: readonly (string | readonly number[] | Int32Array)[];
  /** make each plain prompt one user message in chat form; default false */
  chat?: boolean;
  /** which positions' logits to return; default none: they are `vocabulary` numbers each */
  logits?: Positions;
  interventions?: readonly Intervention[];
}

export interface ScoredText {
  /** prompt and completion, the ids that were read */
  readonly ids: readonly number[];
  readonly promptLength: number;
  /** `(n - 1,)` float32: natural log-probability of token `i + 1` after tokens `0 … i` */
  readonly logprobs: Float32Array;
  /** sum of the completion's log-probabilities; of all tokens after the first where there is no completion */
  readonly total: number;
  /** `(positions, vocabulary)` float32, with the positions asked for */
  readonly logits?: { readonly positions: readonly number[]; readonly shape: readonly number[]; readonly data: Float32Array };
}

/**
 * One teacher-forced pass over each text.
 * @returns one entry a prompt, in order
 * @throws OptionError, SiteError, EngineError; the signal's reason when aborted
 */
export async function score(model: Model, prompts: readonly Prompt[], options: ScoreOptions = {}): Promise<ScoredText[]> {
  const wanted = options.logits === undefined ? undefined : checkPositions(options.logits, "logits");
  const texts = await textsOf(model, prompts, options);
  const results: ScoredText[] = new Array(texts.length);
  const rows = (text: Text) => Array.from({ length: text.ids.length }, (_, i) => i);
  const fetch = wanted ? ["logprob", "logits"] : ["logprob"];
  await scoreTexts(model, texts, { ...options, rows, fetch }, ({ reply, indices }) => {
    const { vocabulary } = model.config;
    const all = reply.outputs.logprob.data as Float32Array;
    const everyLogit = reply.outputs.logits?.data as Float32Array | undefined;
    let at = 0;
    for (const index of indices) {
      const { ids, promptLength } = texts[index];
      const logprobs = all.slice(at, at + ids.length - 1);
      const counted = logprobs.subarray(promptLength < ids.length ? promptLength - 1 : 0);
      const positions = wanted && resolvePositions(wanted, promptLength, ids.length);
      const logits = positions && {
        positions,
        shape: [positions.length, vocabulary],
        data: pickRows(
          everyLogit!,
          vocabulary,
          positions.map((p) => at + p),
        ),
      };
      results[index] = { ids: [...ids], promptLength, logprobs, total: counted.reduce((a, b) => a + b, 0), logits };
      at += ids.length;
    }
  });
  return results;
}

/** Prompts and completions as token ids. */
export async function textsOf(
  model: Model,
  prompts: readonly Prompt[],
  { completions, chat }: Pick<ScoreOptions, "completions" | "chat">,
): Promise<Text[]> {
  const encoded = await encodePrompts(model, prompts, chat);
  if (completions && completions.length !== prompts.length)
    throw new OptionError("completions", `${completions.length} completions`, `one for each of the ${prompts.length} prompts`);
  const texts: Text[] = [];
  for (const [i, { ids }] of encoded.entries()) {
    const completion = completions?.[i] ?? [];
    const rest = typeof completion === "string" ? (await model.tokenizer()).encodePlain(completion) : [...completion];
    texts.push({ ids: checkTokens(model, [...ids, ...rest], `completions[${i}]`), promptLength: ids.length });
  }
  return texts;
}

function pickRows(data: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    picked.set(data.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
}
