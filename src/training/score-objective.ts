/**
 * @file Learning a score of texts: a linear head over the final hidden state, from binary labels, real values or pairs. The head reads one
 * token or the mean over several; the language-model head never runs.
 */
import { createHash } from "node:crypto";
import type { WireTensor } from "../engine/protocol.js";
import { add, cast, greater, input, linear, matmul, mul, neg, reshape, softplus, sub, sum, type Tensor } from "../graph/index.js";
import { floats, type Objective } from "./objective.js";

/** Names of the head's parameters; shapes `(1, hidden)` and `(1,)`. */
export const SCORE_HEAD = { weight: "score.weight", bias: "score.bias" } as const;

/** A text whose score is the head's value at the mean hidden state of the tokens `from … ids.length - 1`. */
export interface ScoredIds {
  readonly ids: Int32Array;
  readonly from: number;
}

/**
 * - `binary`: one text, `target` 1 or 0; the score is the log-odds of 1 (binary cross-entropy)
 * - `real`: one text, `target` any number (squared error)
 * - `pairs`: the better text, then the worse one; `target` unused (Bradley and Terry 1952: `-log sigmoid(score difference)`)
 */
export interface ScoreExample {
  readonly texts: readonly ScoredIds[];
  readonly target: number;
}

export type ScoreTarget = "binary" | "real" | "pairs";

const [POOL, SIGNS, VALUES, SHARE] = ["loss.pool", "loss.signs", "loss.values", "loss.share"];

/** The loss of a step is the mean over its examples; `accuracy` the share on the right side of 0 (not for real values). */
export function scoreObjective(target: ScoreTarget, examples: readonly ScoreExample[]): Objective {
  return {
    kind: `score-${target}`,
    lanes: target === "pairs" ? 2 : 1,
    lengths: examples.map(({ texts }) => Math.max(...texts.map(({ ids }) => ids.length))),
    digest: digestOf(examples),
    numbers: target === "real" ? ["loss"] : ["loss", "accuracy"],
    outputs: ({ hidden }, parameter): { loss: Tensor } & Record<string, Tensor> => {
      const pooled = matmul(input(POOL, "float32", ["texts", "rows"]), hidden);
      const scores = add(linear(pooled, parameter(SCORE_HEAD.weight)), parameter(SCORE_HEAD.bias));
      // + or - a text's score, or the difference of a pair's
      const signed = reshape(matmul(input(SIGNS, "float32", ["examples", "texts"]), scores), ["examples"]);
      const share = input(SHARE, "float32", ["examples"]);
      const mean = (each: Tensor) => sum(mul(each, share));
      if (target === "real") {
        const error = sub(signed, input(VALUES, "float32", ["examples"]));
        return { loss: mean(mul(error, error)) };
      }
      return { loss: mean(softplus(neg(signed))), accuracy: mean(cast(greater(signed, 0), "float32")) };
    },
    feeds: (pass, step) => {
      const chosen = pass.map((i) => examples[i]);
      const texts = chosen.flatMap((example) => example.texts);
      const signs = new Float32Array(chosen.length * texts.length);
      let column = 0;
      chosen.forEach((example, row) => {
        example.texts.forEach((_, which) => {
          const negative = target === "pairs" ? which === 1 : target === "binary" && example.target === 0;
          signs[row * texts.length + column++] = negative ? -1 : 1;
        });
      });
      const values = target === "real" ? { [VALUES]: floats(Float32Array.from(chosen, (example) => example.target)) } : {};
      return {
        texts: texts.map(({ ids }) => ids),
        feeds: {
          ...pooling(texts),
          ...values,
          [SIGNS]: floats(signs, [chosen.length, texts.length]),
          [SHARE]: floats(new Float32Array(chosen.length).fill(1 / step.length)),
        },
      };
    },
  };
}

/** The rows that the head reads, and `(texts, rows)` weights that average them. */
function pooling(texts: readonly ScoredIds[]): Record<string, WireTensor> {
  const time = Math.max(...texts.map(({ ids }) => ids.length));
  const rows = texts.flatMap(({ ids, from }, lane) => Array.from({ length: ids.length - from }, (_, i) => lane * time + from + i));
  const pool = new Float32Array(texts.length * rows.length);
  let row = 0;
  texts.forEach(({ ids, from }, lane) => {
    for (let at = from; at < ids.length; at++) pool[lane * rows.length + row++] = 1 / (ids.length - from);
  });
  return {
    rows: { dtype: "int64", dims: [rows.length], data: BigInt64Array.from(rows, BigInt) },
    [POOL]: floats(pool, [texts.length, rows.length]),
  };
}

function digestOf(examples: readonly ScoreExample[]): string {
  const hash = createHash("sha256");
  for (const { texts, target } of examples) {
    hash.update(`${target}:`);
    for (const { ids, from } of texts)
      hash.update(`${ids.length} ${from};`).update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  }
  return hash.digest("hex");
}
