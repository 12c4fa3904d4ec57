/** @file Log-probabilities of a text's later tokens; the language-model head runs for these alone. */
import type { Intervention } from "../engine/interventions.js";
import type { Model } from "../engine/model.js";
import type { ScoreReply } from "../engine/protocol.js";
import { type RunOptions, scoreTexts } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";

export interface AbilityOptions extends RunOptions {
  readonly interventions?: readonly Intervention[];
}

/** @returns for each text the natural log-probabilities of the tokens after its prompt, `(ids.length - promptLength,)` float32 */
export async function laterLogprobs(model: Model, texts: readonly Text[], options: AbilityOptions): Promise<Float32Array[]> {
  const results: Float32Array[] = new Array(texts.length);
  const { interventions, batch, signal, onProgress } = options;
  const call = { interventions, batch, signal, onProgress, rows: laterRows, fetch: ["logprob"] };
  await scoreTexts(model, texts, call, ({ reply, indices }) => {
    eachLater(reply, texts, indices, (index, logprobs) => {
      results[index] = logprobs;
    });
  });
  return results;
}

/** Positions whose next tokens are those after the prompt. */
export const laterRows = ({ ids, promptLength }: Text): number[] =>
  Array.from({ length: ids.length - promptLength }, (_, i) => promptLength - 1 + i);

/** Takes a batch's log-probabilities at `laterRows` apart, text by text. */
export function eachLater(
  { outputs }: ScoreReply,
  texts: readonly Text[],
  indices: readonly number[],
  take: (index: number, logprobs: Float32Array) => void,
): void {
  const all = outputs.logprob.data as Float32Array;
  let at = 0;
  for (const index of indices) {
    const count = texts[index].ids.length - texts[index].promptLength;
    take(index, all.slice(at, at + count));
    at += count;
  }
}
