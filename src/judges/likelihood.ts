/** @file Log-probabilities of a text's later tokens; the language-model head runs for these alone. */
import type { Intervention } from "../engine/interventions.js";
import type { Model } from "../engine/model.js";
import { type RunOptions, scoreTexts } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";

export interface AbilityOptions extends RunOptions {
  readonly interventions?: readonly Intervention[];
}

/** @returns for each text the natural log-probabilities of the tokens after its prompt, `(ids.length - promptLength,)` float32 */
export async function laterLogprobs(model: Model, texts: readonly Text[], options: AbilityOptions): Promise<Float32Array[]> {
  const results: Float32Array[] = new Array(texts.length);
  const rows = ({ ids, promptLength }: Text) => Array.from({ length: ids.length - promptLength }, (_, i) => promptLength - 1 + i);
  const { interventions, batch, signal, onProgress } = options;
  const call = { interventions, batch, signal, onProgress, rows, fetch: ["logprob"] };
  await scoreTexts(model, texts, call, ({ reply, indices }) => {
    const all = reply.outputs.logprob.data as Float32Array;
    let at = 0;
    for (const index of indices) {
      const count = texts[index].ids.length - texts[index].promptLength;
      results[index] = all.slice(at, at + count);
      at += count;
    }
  });
  return results;
}
