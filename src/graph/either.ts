/** @file One of two ways to a value, chosen when the graph runs. */
import { ShapeError } from "../errors.js";
import { expectEqual, expectRank, show } from "./shape.js";
import { operation, type Tensor } from "./tensor.js";

export interface Ways {
  readonly then: Tensor;
  readonly otherwise: Tensor;
}

/**
 * `then` where `condition` holds, else `otherwise`; what only the other way needs is not computed. Has no gradient.
 * @param condition scalar bool
 * @param shared what both ways start from: computed before, whichever is taken
 * @throws ShapeError for a condition of another kind, or ways of different shapes or types
 */
export function either(condition: Tensor, { then, otherwise }: Ways, shared: readonly Tensor[] = []): Tensor {
  expectRank("either", condition, 0);
  if (condition.dtype !== "bool") throw new ShapeError("either", `the condition is ${condition.dtype}; make it bool`, [condition.shape]);
  if (then.dtype !== otherwise.dtype)
    throw new ShapeError("either", `one way gives ${then.dtype}, the other ${otherwise.dtype}`, [then.shape, otherwise.shape]);
  expectEqual("either", "the ways differ in shape", show(then.shape), show(otherwise.shape), [then.shape, otherwise.shape]);
  const branches = { then_branch: then, else_branch: otherwise };
  return operation("If", [condition, ...shared], [[then.dtype, then.shape]], {}, "", branches)[0];
}
