/**
 * @file Causal attention with rotary positions and a key/value cache, in two forms with one meaning. `fused` is one kernel of the
 * runtime. `explicit` is plain ops: any head size, and the pattern is a tensor that can be captured and changed.
 */
import {
  add,
  concat,
  type Dim,
  either,
  groupedAttention,
  input,
  matmul,
  reshape,
  rotary,
  softmax,
  splitAt,
  type Tensor,
  transpose,
} from "../graph/index.js";
import type { DecoderConfig } from "./config.js";

export type AttentionForm = "fused" | "explicit";

/** The kernel rotates heads whose size is a multiple of 16. */
export const canFuse = (config: DecoderConfig): boolean => config.headSize % 16 === 0;

export interface LayerAttention {
  readonly layer: number;
  /** whether keys and values of earlier calls are read; where not, each text begins in this call */
  readonly cached: boolean;
  /** `(batch, time, heads * headSize)` and, for key and value, `(batch, time, kvHeads * headSize)`; before rotation */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** lets the caller see and change the pattern, `(batch, time, heads, keys)`; explicit form only */
  readonly onPattern: (pattern: Tensor) => Tensor;
}

/** Names of the inputs that attention reads; the engine feeds them (engine/step.ts). */
export const INPUTS = {
  cos: "rope.cos",
  sin: "rope.sin",
  /** fused: `(batch,)` int32, keys of each row after this call, minus 1 */
  lengths: "lengths",
  /** fused: scalar int32, the largest of them plus 1 */
  total: "total",
  /** `(batch, time)` int64 */
  positions: "positions",
  /** fused: scalar bool, whether the rows have keys of earlier calls */
  later: "later",
  /** fused, later calls: `(batch, 1, 1, past)` float32, 0 where an earlier key is there, a large negative number where its room is empty */
  there: "attention.there",
  /** fused, later calls: `(time, time)` float32, 0 up to the diagonal, a large negative number above it */
  causal: "attention.causal",
  /** fused, later calls: `(2,)` int64, the sizes `past` and `time` */
  parts: "attention.parts",
  /** explicit: `(batch, 1, time, keys)` float32, 0 where a key is seen, a large negative number where not */
  bias: "attention.bias",
  pastKey: (layer: number) => `past.${layer}.key`,
  pastValue: (layer: number) => `past.${layer}.value`,
} as const;

export const OUTPUTS = {
  key: (layer: number) => `present.${layer}.key`,
  value: (layer: number) => `present.${layer}.value`,
} as const;

/**
 * @returns z `(batch, time, heads * headSize)` and, fused, what this call adds to the cache, `(batch, time, kvHeads * headSize)`; explicit,
 * the cache after it, `(batch, kvHeads, keys, headSize)`
 */
export function attention(config: DecoderConfig, form: AttentionForm, at: LayerAttention): { z: Tensor; key: Tensor; value: Tensor } {
  return form === "fused" ? fused(config, at) : explicit(config, at);
}

const tables = (config: DecoderConfig) => ({
  cos: input(INPUTS.cos, "float32", ["positions", config.headSize / 2]),
  sin: input(INPUTS.sin, "float32", ["positions", config.headSize / 2]),
});

function past(config: DecoderConfig, layer: number): { pastKey: Tensor; pastValue: Tensor } {
  const shape: Dim[] = ["batch", config.kvHeads, "past", config.headSize];
  return { pastKey: input(INPUTS.pastKey(layer), "float32", shape), pastValue: input(INPUTS.pastValue(layer), "float32", shape) };
}

function fused(config: DecoderConfig, at: LayerAttention): { z: Tensor; key: Tensor; value: Tensor } {
  const positions = input(INPUTS.positions, "int64", ["batch", "time"]);
  const { cos, sin } = tables(config);
  const { layer, value } = at;
  const query = rotary(at.query, positions, cos, sin);
  const key = rotary(at.key, positions, cos, sin);
  const first = groupedAttention({
    ...{ query, key, value },
    ...past(config, layer),
    lengths: input(INPUTS.lengths, "int32", ["batch"]),
    total: input(INPUTS.total, "int32", []),
    heads: config.heads,
    kvHeads: config.kvHeads,
    size: config.headSize,
  });
  if (!at.cached) return { z: first, key, value };
  // of later calls the kernel would copy all earlier keys and values, which takes longer than reading them; and it refuses several tokens in several rows
  const ifTrue = later(config, { layer, query, key, value });
  return { z: either(input(INPUTS.later, "bool", []), { ifTrue, ifFalse: first }, [query, key, value]), key, value };
}

/** Attention to the keys of earlier calls where they lie, and to those of this call. */
function later(config: DecoderConfig, { layer, ...now }: Pick<LayerAttention, "layer" | "query" | "key" | "value">): Tensor {
  const { heads, kvHeads, headSize: size } = config;
  const byHead = (x: Tensor, n: number, places: Dim) => transpose(reshape(x, ["batch", places, n, size]), [0, 2, 1, 3]);
  const { pastKey, pastValue } = past(config, layer);
  const query = reshape(byHead(now.query, heads, "time"), ["batch", kvHeads, "rows", size]);
  const score = (key: Tensor, keys: Dim) => unfold(matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(size) }), heads, keys);
  const before = add(score(pastKey, "past"), input(INPUTS.there, "float32", ["batch", 1, 1, "past"]));
  const here = add(score(byHead(now.key, kvHeads, "now"), "now"), input(INPUTS.causal, "float32", ["time", "now"]));
  const pattern = softmax(concat([before, here], 3, "keys"));
  const [toPast, toNow] = splitAt(pattern, input(INPUTS.parts, "int64", [2]), ["past", "now"]);
  const mix = (share: Tensor, value: Tensor, keys: Dim) => matmul(reshape(share, ["batch", kvHeads, "rows", keys]), value);
  const mixed = add(mix(toPast, pastValue, "past"), mix(toNow, byHead(now.value, kvHeads, "now"), "now"));
  return reshape(transpose(reshape(mixed, ["batch", heads, "time", size]), [0, 2, 1, 3]), ["batch", "time", heads * size]);
}

function explicit(config: DecoderConfig, at: LayerAttention): { z: Tensor; key: Tensor; value: Tensor } {
  const { heads, kvHeads, headSize: size } = config;
  const group = heads / kvHeads;
  const positions = input(INPUTS.positions, "int64", ["batch", "time"]);
  const { cos, sin } = tables(config);
  const byHead = (x: Tensor, n: number) => transpose(reshape(x, ["batch", "time", n, size]), [0, 2, 1, 3]);
  const before = at.cached ? past(config, at.layer) : undefined;
  const after = (then: Tensor | undefined, now: Tensor) =>
    then ? concat([then, now], 2, "keys") : reshape(now, ["batch", kvHeads, "keys", size]);
  const key = after(before?.pastKey, rotary(byHead(at.key, kvHeads), positions, cos, sin));
  const value = after(before?.pastValue, byHead(at.value, kvHeads));
  // the queries of a group share one key head: fold them into the rows, so that keys are never repeated
  const query = reshape(rotary(byHead(at.query, heads), positions, cos, sin), ["batch", kvHeads, "rows", size]);
  const scores = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(size) });
  const bias = input(INPUTS.bias, "float32", ["batch", 1, "time", "keys"]);
  const pattern = softmax(add(unfold(scores, heads, "keys"), bias));
  const seen = transpose(at.onPattern(transpose(pattern, [0, 2, 1, 3])), [0, 2, 1, 3]);
  const mixed = matmul(reshape(seen, ["batch", kvHeads, group, "time", "keys"]), reshape(value, ["batch", kvHeads, 1, "keys", size]));
  const z = reshape(transpose(reshape(mixed, ["batch", heads, "time", size]), [0, 2, 1, 3]), ["batch", "time", heads * size]);
  return { z, key, value };
}

/** `(batch, kvHeads, group * time, last)` to `(batch, heads, time, last)`. */
const unfold = (x: Tensor, heads: number, last: Dim): Tensor => reshape(x, ["batch", heads, "time", last]);
