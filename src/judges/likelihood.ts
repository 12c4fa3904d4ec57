/** @file Log-probabilities of a text's later tokens; the language-model head runs for these alone. */
import type { Intervention } from "../engine/interventions.js";
import type { Model } from "../engine/model.js";
import type { ScoreReply } from "../engine/protocol.js";
import { type RunOptions, scoreTexts } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";

export interface AbilityOptions extends RunOptions {
  readonly interventions?: readonly Intervention[];
}

/**
 * Texts that differ in nothing but their last token, such as a question with each of its letters, are read once: no row reads that token.
 * @returns for each text the natural log-probabilities of the tokens after its prompt, `(ids.length - promptLength,)` float32
 */
export async function laterLogprobs(model: Model, texts: readonly Text[], options: AbilityOptions): Promise<Float32Array[]> {
  const { interventions = [], batch, signal, onProgress } = options;
  const groups = interventions.some(dependsOnPlace) ? texts.map((_, i) => [i]) : alikeBeforeTheLast(texts);
  const read = groups.map(([first]) => texts[first]);
  const others = new Map(read.map((text, i) => [text, groups[i].slice(1)]));
  const rows = (text: Text) => [...laterRows(text), ...others.get(text)!.map(() => text.ids.length - 2)];
  const targets = (text: Text) => [...text.ids.subarray(text.promptLength), ...others.get(text)!.map((i) => texts[i].ids.at(-1)!)];
  const results: Float32Array[] = new Array(texts.length);
  const call = { interventions, batch, signal, onProgress, rows, targets, fetch: ["logprob"] };
  await scoreTexts(model, read, call, ({ reply, indices }) => {
    const all = reply.outputs.logprob.data as Float32Array;
    let at = 0;
    for (const index of indices) {
      const count = read[index].ids.length - read[index].promptLength;
      const own = all.slice(at, at + count);
      at += count;
      for (const text of groups[index]) results[text] = own.slice();
      for (const text of groups[index].slice(1)) results[text][count - 1] = all[at++];
    }
  });
  return results;
}

/** Whether what happens to a text depends on its place in the call. */
const dependsOnPlace = (intervention: Intervention): boolean => intervention.type === "patch" && intervention.source.type !== "model";

/** Indices of texts that are equal but for their last token. */
function alikeBeforeTheLast(texts: readonly Text[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, { ids, promptLength }] of texts.entries()) {
    const key = ids.length > promptLength ? `${promptLength}:${ids.subarray(0, -1).join()}` : `nothing later: ${i}`;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  return [...groups.values()];
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
