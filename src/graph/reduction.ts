/** @file Sums, means and choices over axes. */
import { ShapeError } from "../errors.js";
import { axisOf, expectEqual, show } from "./shape.js";
import { type Dim, integers, operation, type Tensor } from "./tensor.js";

interface ReduceOptions {
  /** axes to reduce, negative counts from the end; default: all */
  axes?: readonly number[];
  /** keep reduced axes with size 1; default false */
  keep?: boolean;
}

function reduce(type: string, x: Tensor, options: ReduceOptions): Tensor {
  const { keep = false } = options;
  const axes = (options.axes ?? x.shape.map((_, i) => i)).map((axis) => axisOf(type, x, axis));
  const shape = x.shape.flatMap((dim, i): Dim[] => (axes.includes(i) ? (keep ? [1] : []) : [dim]));
  return operation(type, [x, integers(axes)], [[x.dtype, shape]], { keepdims: Number(keep), noop_with_empty_axes: 1 })[0];
}

export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceSum", x, options);
export const sumSquares = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceSumSquare", x, options);
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceMean", x, options);
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceMax", x, options);
export const logSumExp = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceLogSumExp", x, options);

/** Index of the largest value along `axis` (the first where several are equal), int64. */
export function argmax(x: Tensor, axis = -1): Tensor {
  const at = axisOf("argmax", x, axis);
  return operation("ArgMax", [x], [["int64", x.shape.filter((_, i) => i !== at)]], { axis: at, keepdims: 0 })[0];
}

export const softmax = (x: Tensor, axis = -1): Tensor =>
  operation("Softmax", [x], [[x.dtype, x.shape]], { axis: axisOf("softmax", x, axis) })[0];

export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  operation("LogSoftmax", [x], [[x.dtype, x.shape]], { axis: axisOf("logSoftmax", x, axis) })[0];

/** RMSNorm over the last axis: `x / sqrt(mean(x^2) + epsilon) * gain`, gain `(size,)`. */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  expectEqual("rmsNorm", "the gain's size", x.shape.at(-1) ?? 1, gain.rank === 1 ? gain.shape[0] : 0, [x.shape, gain.shape]);
  return operation("SimplifiedLayerNormalization", [x, gain], [["float32", x.shape]], {
    axis: -1,
    epsilon: { float: epsilon },
    stash_type: 1,
  })[0];
}

/** `x + update` and its RMSNorm in one kernel: `[norm, sum]`. */
export function addRmsNorm(x: Tensor, update: Tensor, gain: Tensor, epsilon: number): readonly [Tensor, Tensor] {
  if (x.shape.join() !== update.shape.join())
    throw new ShapeError("addRmsNorm", `shapes ${show(x.shape)} and ${show(update.shape)} differ`, [x.shape, update.shape]);
  expectEqual("addRmsNorm", "the gain's size", x.shape.at(-1) ?? 1, gain.rank === 1 ? gain.shape[0] : 0, [x.shape, gain.shape]);
  const [norm, , , sum] = operation(
    "SkipSimplifiedLayerNormalization",
    [x, update, gain],
    [["float32", x.shape], null, null, ["float32", x.shape]],
    { epsilon: { float: epsilon } },
    "com.microsoft",
  );
  return [norm, sum];
}
