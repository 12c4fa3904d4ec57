/** @file Gradients of matrix products. */

import { reshapeLike } from "../like.js";
import { matmul } from "../matmul.js";
import { sum } from "../reduction.js";
import { operation, type Tensor } from "../tensor.js";
import { single, type Vjp } from "./vjp.js";

interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly scale: number;
}

const product = ({ transposeA, transposeB, scale }: Flags): Vjp =>
  single((op, g, wants) => {
    const [a, b] = op.inputs as [Tensor, Tensor];
    const gradA = () =>
      transposeA ? matmul(b, g, { transposeA: transposeB, transposeB: true, scale }) : matmul(g, b, { transposeB: !transposeB, scale });
    const gradB = () => {
      if (b.rank === 2 && a.rank > 2 && !transposeA) return sharedWeight(a, b, g, transposeB, scale);
      return transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA, scale })
        : matmul(a, g, { transposeA: !transposeA, scale });
    };
    return [wants[0] ? sumBatch(gradA(), a) : undefined, wants[1] ? sumBatch(gradB(), b) : undefined];
  });

/** A weight used by a whole batch: one product over all rows instead of one a row and a sum of them. */
function sharedWeight(a: Tensor, b: Tensor, g: Tensor, transposeB: boolean, scale: number): Tensor {
  const [rowsA, rowsG] = [flatRows(a), flatRows(g)];
  const made = transposeB ? matmul(rowsG, rowsA, { transposeA: true, scale }) : matmul(rowsA, rowsG, { transposeA: true, scale });
  return reshapeLike(made, b);
}

/** `(..., size)` as `(rows, size)`. */
const flatRows = (x: Tensor): Tensor => operation("Flatten", [x], [["float32", ["rows", x.shape[x.rank - 1]]]], { axis: x.rank - 1 })[0];

/** Sums over leading axes along which an operand was broadcast. */
function sumBatch(gradient: Tensor, x: Tensor): Tensor {
  const extra = gradient.rank - x.rank;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < gradient.rank - 2 && (i < extra || (x.shape[i - extra] === 1 && dim !== 1)) ? [i] : [],
  );
  return axes.length === 0 ? gradient : reshapeLike(sum(gradient, { axes }), x);
}

export const MATMUL: Readonly<Record<string, Vjp>> = {
  MatMul: product({ transposeA: false, transposeB: false, scale: 1 }),
  FusedMatMul: (op, outputs, wants) => {
    const { transA, transB, alpha } = op.attributes as { transA: number; transB: number; alpha: { float: number } };
    return product({ transposeA: transA === 1, transposeB: transB === 1, scale: alpha.float })(op, outputs, wants);
  },
};
