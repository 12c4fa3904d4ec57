/** @file The fused attention and rotary kernels of ONNX Runtime. The same mathematics in plain ops is in models/attention.ts. */
import { expectEqual, expectRank } from "./shape.js";
import { operation, type Tensor } from "./tensor.js";

/**
 * Rotates `(batch, heads, time, size)` or `(batch, time, heads * size)` by position (halves convention). `cos`, `sin`: `(positions, size / 2)`;
 * `positions`: `(batch, time)` int64.
 */
export function rotary(x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor {
  if (x.rank !== 3) expectRank("rotary", x, 4);
  return operation("RotaryEmbedding", [x, positions, cos, sin], [[x.dtype, x.shape]], { interleaved: 0 }, "com.microsoft")[0];
}

export interface GroupedAttention {
  /** `(batch, time, heads * size)`, rotated */
  query: Tensor;
  /** `(batch, time, kvHeads * size)`, rotated */
  key: Tensor;
  value: Tensor;
  /** keys and values seen before and room for more, `(batch, kvHeads, room, size)`; rotated */
  pastKey: Tensor;
  pastValue: Tensor;
  /** `(batch,)` int32: number of valid keys of each row, this call included, minus 1 */
  lengths: Tensor;
  /** scalar int32: the longest row's number of keys, this call included */
  total: Tensor;
  heads: number;
  kvHeads: number;
  size: number;
}

/**
 * Causal grouped-query attention over cached keys and values and this call's, in one kernel. Rows are padded on the right; `size` must be a
 * multiple of 16.
 * @returns `(batch, time, heads * size)`
 */
export function groupedAttention(a: GroupedAttention): Tensor {
  expectEqual("groupedAttention", "query size", a.query.shape[2], a.heads * a.size, [a.query.shape]);
  expectEqual("groupedAttention", "key size", a.key.shape[2], a.kvHeads * a.size, [a.key.shape]);
  const cache = [a.query.shape[0], a.kvHeads, "cached", a.size];
  return operation(
    "GroupQueryAttention",
    [a.query, a.key, a.value, a.pastKey, a.pastValue, a.lengths, a.total],
    [
      ["float32", a.query.shape],
      ["float32", cache],
      ["float32", cache],
    ],
    { num_heads: a.heads, kv_num_heads: a.kvHeads, scale: { float: 1 / Math.sqrt(a.size) } },
    "com.microsoft",
  )[0];
}
