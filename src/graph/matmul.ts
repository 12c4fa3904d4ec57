/** @file Matrix products. */
import { ShapeError } from "../errors.js";
import { broadcast, expectEqual, expectRank, show } from "./shape.js";
import { operation, type Tensor } from "./tensor.js";

/**
 * `a @ b` over the last two axes, leading axes broadcast.
 * @param options `transposeA`, `transposeB` swap the last two axes of an operand; `scale` multiplies the product.
 */
export function matmul(a: Tensor, b: Tensor, options: { transposeA?: boolean; transposeB?: boolean; scale?: number } = {}): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  if (a.rank < 2 || b.rank < 2)
    throw new ShapeError("matmul", `operands have at least 2 axes; got ${show(a.shape)} and ${show(b.shape)}`, [a.shape, b.shape]);
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const innerA = a.shape.at(transposeA ? -2 : -1)!;
  const innerB = b.shape.at(transposeB ? -1 : -2)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  expectEqual("matmul", "inner sizes differ", innerA, innerB, [a.shape, b.shape]);
  const shape = [...broadcast("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  if (!transposeA && !transposeB && scale === 1) return operation("MatMul", [a, b], [["float32", shape]])[0];
  const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } };
  return operation("FusedMatMul", [a, b], [["float32", shape]], attributes, "com.microsoft")[0];
}

/** A linear layer: `x @ weight^T`, x `(..., in)`, weight `(out, in)` as PyTorch keeps it. */
export function linear(x: Tensor, weight: Tensor): Tensor {
  expectRank("linear", weight, 2);
  return matmul(x, weight, { transposeB: true });
}
