/** @file Gradients of sums, means, softmax and norms. */
import { add, cast, div, equal, exp, mul, sqrt, sub } from "../elementwise.js";
import { unsqueeze } from "../layout.js";
import { expandLike, sizeOf } from "../like.js";
import { mean, sum } from "../reduction.js";
import { constant, type Operation, type Tensor } from "../tensor.js";
import { integersOf, outputOf, single, type Vjp } from "./vjp.js";

/** A reduced tensor with its axes of size 1 back in place. */
const kept = (op: Operation, reduced: Tensor): Tensor => {
  const axes = integersOf(op.inputs[1]);
  return op.attributes.keepdims === 1 || axes.length === 0 ? reduced : unsqueeze(reduced, axes);
};

const reduction = (rule: (x: Tensor, gradient: Tensor, output: Tensor) => Tensor): Vjp =>
  single((op, g) => [rule(op.inputs[0]!, kept(op, g), kept(op, outputOf(op))), undefined]);

const softmax: Vjp = single((op, g) => {
  const y = outputOf(op);
  return [mul(y, sub(g, sum(mul(y, g), { axes: [op.attributes.axis as number], keep: true })))];
});

const logSoftmax: Vjp = single((op, g) => [sub(g, mul(exp(outputOf(op)), sum(g, { axes: [op.attributes.axis as number], keep: true })))]);

/** With r = 1 / rms(x), n = x r and d = g gain: dx = r (d - n mean(d n)), dgain = sum(g n). */
function normGradients(x: Tensor, gain: Tensor, g: Tensor, op: Operation): { dx: () => Tensor; dgain: () => Tensor } {
  const { float: epsilon } = op.attributes.epsilon as { float: number };
  const r = div(constant(1), sqrt(add(mean(mul(x, x), { axes: [-1], keep: true }), epsilon)));
  const n = mul(x, r);
  const d = mul(g, gain);
  return {
    dx: () => mul(r, sub(d, mul(n, mean(mul(d, n), { axes: [-1], keep: true })))),
    dgain: () => sum(mul(g, n), { axes: x.shape.slice(0, -1).map((_, i) => i) }),
  };
}

const rmsNorm: Vjp = single((op, g, wants) => {
  const { dx, dgain } = normGradients(op.inputs[0]!, op.inputs[1]!, g, op);
  return [wants[0] ? dx() : undefined, wants[1] ? dgain() : undefined];
});

/** Norm of a sum, and the sum itself: both summands get what reaches the sum, directly and through the norm. */
const addRmsNorm: Vjp = (op, [norm, , , direct], wants) => {
  if (!norm) return [direct, direct, undefined];
  const { dx, dgain } = normGradients(op.outputs[3]!, op.inputs[2]!, norm, op);
  const total = direct ? add(direct, dx()) : dx();
  return [total, total, wants[2] ? dgain() : undefined];
};

export const REDUCTION: Readonly<Record<string, Vjp>> = {
  ReduceSum: reduction((x, g) => expandLike(g, x)),
  ReduceMean: reduction((x, g, y) => expandLike(mul(g, div(sizeOf(y), sizeOf(x))), x)),
  // where several are the largest, they share the gradient
  ReduceMax: single((op, gradient) => {
    const [x, axes] = [op.inputs[0]!, integersOf(op.inputs[1])];
    const hits = cast(equal(x, expandLike(kept(op, outputOf(op)), x)), "float32");
    return [div(mul(kept(op, gradient), hits), sum(hits, { axes, keep: true })), undefined];
  }),
  ReduceLogSumExp: reduction((x, g, y) => mul(g, exp(sub(x, y)))),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  SimplifiedLayerNormalization: rmsNorm,
  SkipSimplifiedLayerNormalization: addRmsNorm,
};
