/** @file Worker side: the runtime's tensors, made, copied and freed. */
import * as ort from "onnxruntime-node";
import { freeArray } from "./free-array.js";
import type { WireTensor } from "./protocol.js";
import { unshared } from "./shared-array.js";

export type Feeds = Record<string, ort.Tensor>;

export const toOrt = ({ dtype, data, dims }: WireTensor): ort.Tensor => new ort.Tensor(dtype, unshared(data), dims);

export const int64 = (values: ArrayLike<number>, dims: readonly number[]): ort.Tensor =>
  new ort.Tensor("int64", BigInt64Array.from(values as number[], BigInt), dims);

/** Gives back a tensor's memory now; the tensor is of no more use. */
export const free = (tensor: ort.Tensor): void => freeArray(tensor.data as Float32Array);

/** Rows of the first axis, copied. */
export function selectRows(tensor: ort.Tensor, rows: readonly number[]): ort.Tensor {
  const data = tensor.data as Float32Array;
  const size = data.length / tensor.dims[0];
  const copy = new (data.constructor as Float32ArrayConstructor)(rows.length * size);
  rows.forEach((row, i) => {
    copy.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return new ort.Tensor(tensor.type as "float32", copy, [rows.length, ...tensor.dims.slice(1)]);
}
