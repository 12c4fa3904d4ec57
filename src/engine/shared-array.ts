/** @file Arrays in memory that the caller's thread and the engine's worker both see: a message that holds one copies nothing. */
import type { Elements } from "./protocol.js";

/** The same numbers in shared memory. */
export function shared(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

/** The array itself, or its numbers in this thread's own memory: ONNX Runtime takes no shared memory. */
export const unshared = (values: Elements): Elements => (values.buffer instanceof SharedArrayBuffer ? values.slice() : values);
