/** @file What training lowers, as a graph over what the decoder gives, and what that graph is fed. */

import { createHash } from "node:crypto";
import type { WireTensor } from "../engine/protocol.js";
import type { Tensor } from "../graph/index.js";
import type { Decoder } from "../models/decoder.js";
import { TARGETS } from "./row-logprobs.js";

/** Texts and inputs of one pass. */
export interface PassFeeds {
  readonly texts: readonly Int32Array[];
  readonly feeds: Readonly<Record<string, WireTensor>>;
}

/** A loss over examples; sums over passes of one step make the step's numbers. */
export interface Objective {
  readonly kind: "sft" | "dpo" | "dpo+nll" | "score-binary" | "score-real" | "score-pairs";
  /** texts an example has */
  readonly lanes: number;
  /** tokens of each example's longest text */
  readonly lengths: readonly number[];
  /** sha256 hex over the examples */
  readonly digest: string;
  /** names of its scalars, `loss` among them */
  readonly numbers: readonly string[];
  /**
   * those scalars
   * @param parameter the graph's input for something trained, by name
   */
  readonly outputs: (decoder: Decoder, parameter: (name: string) => Tensor) => Readonly<Record<"loss", Tensor> & Record<string, Tensor>>;
  /**
   * @param pass examples of the pass
   * @param step examples of the whole step, over which means are taken
   */
  readonly feeds: (pass: readonly number[], step: readonly number[]) => PassFeeds;
}

/** A tokenised text whose answer is learned. */
export interface AnsweredText {
  readonly ids: Int32Array;
  /** tokens of the prompt */
  readonly promptLength: number;
  /** `(answer tokens,)`: how much each counts */
  readonly weights: Float32Array;
}

/** The rows that predict answer tokens, and those tokens; the head runs for these alone. */
export function answerRows(texts: readonly AnsweredText[]): { feeds: Record<string, WireTensor>; count: number } {
  const time = Math.max(...texts.map(({ ids }) => ids.length));
  const rows: bigint[] = [];
  const targets: bigint[] = [];
  texts.forEach(({ ids, promptLength }, lane) => {
    for (let at = promptLength; at < ids.length; at++) {
      rows.push(BigInt(lane * time + at - 1));
      targets.push(BigInt(ids[at]));
    }
  });
  const int64 = (values: bigint[]): WireTensor => ({ dtype: "int64", dims: [values.length], data: BigInt64Array.from(values) });
  return { feeds: { rows: int64(rows), [TARGETS]: int64(targets) }, count: rows.length };
}

export const floats = (values: Float32Array, dims: readonly number[] = [values.length]): WireTensor => ({
  dtype: "float32",
  dims,
  data: values,
});

export function digestOf(texts: Iterable<AnsweredText>): string {
  const hash = createHash("sha256");
  for (const { ids, promptLength, weights } of texts) {
    hash.update(`${ids.length} ${promptLength};`);
    for (const part of [ids, weights]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return hash.digest("hex");
}
