/** @file One of two ways to a value, chosen when the graph runs. */
import { ShapeError } from "../errors.js";
import { expectEqual, expectRank, show } from "./shape.js";
import { operation, type Tensor } from "./tensor.js";

export interface Ways {
  readonly ifTrue: Tensor;
  readonly ifFalse: Tensor;
}

/**
 * `ifTrue` where `condition` holds, else `ifFalse`; what only the other way needs is not computed. Has no gradient.
 * @param condition scalar bool
 * @param shared what both ways start from: computed before, whichever is taken
 * @returns of the ways' shape and type
 * @throws ShapeError for a condition of another kind, or ways of different shapes or types
 */
export function either(condition: Tensor, { ifTrue, ifFalse }: Ways, shared: readonly Tensor[] = []): Tensor {
  expectRank("either", condition, 0);
  if (condition.dtype !== "bool") throw new ShapeError("either", `the condition is ${condition.dtype}; make it bool`, [condition.shape]);
  if (ifTrue.dtype !== ifFalse.dtype)
    throw new ShapeError("either", `one way gives ${ifTrue.dtype}, the other ${ifFalse.dtype}`, [ifTrue.shape, ifFalse.shape]);
  expectEqual("either", "the ways differ in shape", show(ifTrue.shape), show(ifFalse.shape), [ifTrue.shape, ifFalse.shape]);
  const branches = { then_branch: ifTrue, else_branch: ifFalse };
  return operation("If", [condition, ...shared], [[ifTrue.dtype, ifTrue.shape]], {}, "", branches)[0];
}
