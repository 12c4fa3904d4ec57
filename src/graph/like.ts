/** @file Ops that take their shape from another tensor when the graph runs; gradients need them where sizes are names. */
import { reshape } from "./layout.js";
import { constant, type Dim, operation, type Tensor } from "./tensor.js";

const shapeOf = (x: Tensor): Tensor => operation("Shape", [x], [["int64", [x.rank]]])[0];

/** The values of `x` in the shape of `like`, which has as many. Where `x` alone says how, `like` need not be kept until then. */
export function reshapeLike(x: Tensor, like: Tensor): Tensor {
  if (same(x.shape, like.shape)) return x;
  const names = (shape: readonly Dim[]) => shape.filter((dim) => typeof dim === "string");
  const unknown = names(like.shape).filter((name) => !x.shape.includes(name));
  if (unknown.length === 1 || (unknown.length === 0 && names(x.shape).length === names(like.shape).length)) return reshape(x, like.shape);
  return operation("Reshape", [x, shapeOf(like)], [[x.dtype, like.shape]])[0];
}

/** `x` broadcast to the shape of `like`. */
export const expandLike = (x: Tensor, like: Tensor): Tensor =>
  same(x.shape, like.shape) ? x : operation("Expand", [x, shapeOf(like)], [[x.dtype, like.shape]])[0];

export const zerosLike = (x: Tensor): Tensor => expandLike(constant(0), x);

export const onesLike = (x: Tensor): Tensor => expandLike(constant(1), x);

/** Number of elements as a float32 scalar, read at run time. */
export const sizeOf = (x: Tensor): Tensor =>
  operation("Cast", [operation("Size", [x], [["int64", []]])[0]], [["float32", []]], { to: 1 })[0];

export const same = (a: readonly Dim[], b: readonly Dim[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);
