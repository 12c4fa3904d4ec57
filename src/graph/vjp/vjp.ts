/** @file What a vector-Jacobian product is, and the broadcast that most of them undo. */
import { reshapeLike } from "../like.js";
import { sum } from "../reduction.js";
import type { Operation, Tensor } from "../tensor.js";

/**
 * Gradients of an op's inputs from those of its outputs.
 * @param outputs gradient of each output, undefined where the loss does not depend on it (at least one is there)
 * @param wants which inputs' gradients are used; others may be left out
 */
export type Vjp = (op: Operation, outputs: readonly (Tensor | undefined)[], wants: readonly boolean[]) => (Tensor | undefined)[];

/** The result of an op that has one. */
export const outputOf = (op: Operation): Tensor => op.outputs[0]!;

/** For ops with one output. */
export const single =
  (rule: (op: Operation, gradient: Tensor, wants: readonly boolean[]) => (Tensor | undefined)[]): Vjp =>
  (op, [gradient], wants) =>
    rule(op, gradient!, wants);

/** Sums a gradient over the axes along which `x` was broadcast. */
export function unbroadcast(gradient: Tensor, x: Tensor): Tensor {
  const extra = gradient.rank - x.rank;
  const axes = gradient.shape.flatMap((dim, i) => (i < extra || (x.shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  return axes.length === 0 ? gradient : reshapeLike(sum(gradient, { axes }), x);
}

/** A constant operand's integers, e.g. axes; ops here always write them as constants. */
export function integersOf(tensor: Tensor | null): number[] {
  if (tensor?.source.kind !== "constant") throw new Error("internal: expected a constant operand");
  return Array.from(tensor.source.data as BigInt64Array, Number);
}
