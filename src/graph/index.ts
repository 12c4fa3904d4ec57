/** The ops that a graph is written in; `custom` interventions use them as well. */
export { groupedAttention, rotary } from "./attention.js";
export { either } from "./either.js";
export {
  abs,
  add,
  and,
  cast,
  div,
  equal,
  exp,
  gelu,
  greater,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  silu,
  softplus,
  sqrt,
  stopGradient,
  sub,
  tanh,
  where,
} from "./elementwise.js";
export { gradients } from "./gradients.js";
export { concat, gather, gatherElements, reshape, split, splitAt, transpose, unsqueeze } from "./layout.js";
export { linear, matmul } from "./matmul.js";
export { type CompiledGraph, compile } from "./onnx.js";
export type { Cheap } from "./recompute.js";
export { addRmsNorm, argmax, logSoftmax, logSumExp, max, mean, rmsNorm, softmax, sum, sumSquares } from "./reduction.js";
export { constant, type Dim, type DType, input, integers, type Shape, Tensor, weight } from "./tensor.js";
