/** @file Ops that move values without changing them. */
import { ShapeError } from "../errors.js";
import { axisOf, expectEqual, expectRank, show } from "./shape.js";
import { type Dim, integers, operation, type Shape, type Tensor } from "./tensor.js";

/**
 * Reshape. Named sizes may be kept; one name that `x` does not have stands for "what is left".
 * @example reshape(x, ["batch", "time", 9, 64]) // from ("batch", "time", 576)
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.filter((dim) => typeof dim === "string" && !x.shape.includes(dim));
  if (known.length > 1) throw new ShapeError("reshape", `${show(shape)} has several sizes unknown in ${show(x.shape)}`, [x.shape, shape]);
  if (known.length === 0) {
    const [a, b] = [x.shape, shape].map((s) => s.reduce<number>((n, dim) => (typeof dim === "number" ? n * dim : n), 1));
    const names = (s: Shape) =>
      s
        .filter((dim) => typeof dim === "string")
        .sort()
        .join();
    if (a !== b || names(x.shape) !== names(shape))
      throw new ShapeError("reshape", `${show(x.shape)} does not have as many elements as ${show(shape)}`, [x.shape, shape]);
  }
  return operation("Reshape", [x, target(x, shape)], [[x.dtype, shape]])[0];
}

/** The int64 shape operand: 0 copies the size at the same place, -1 is inferred, other names are read off at run time. */
function target(x: Tensor, shape: Shape): Tensor {
  const code = shape.map((dim, i) => (typeof dim === "number" ? dim : x.shape[i] === dim ? 0 : -1));
  if (code.filter((c) => c === -1).length <= 1) return integers(code);
  const parts = shape.map((dim) => {
    if (typeof dim === "number") return integers([dim]);
    const at = x.shape.indexOf(dim);
    return at < 0 ? integers([-1]) : operation("Shape", [x], [["int64", [1]]], { start: at, end: at + 1 })[0];
  });
  return concat(parts, 0);
}

export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  if ([...permutation].sort((a, b) => a - b).some((p, i) => p !== i) || permutation.length !== x.rank)
    throw new ShapeError("transpose", `${show(permutation)} is no permutation of the axes of ${show(x.shape)}`, [x.shape]);
  return operation("Transpose", [x], [[x.dtype, permutation.map((p) => x.shape[p])]], { perm: permutation })[0];
}

/** Joins along `axis`; `size` names the joined size where parts have named sizes. */
export function concat(parts: readonly Tensor[], axis: number, size?: Dim): Tensor {
  const first = parts[0];
  const at = axisOf("concat", first, axis);
  for (const part of parts) {
    expectRank("concat", part, first.rank);
    first.shape.forEach((dim, i) => {
      if (i !== at) expectEqual("concat", `axis ${i}`, dim, part.shape[i], [first.shape, part.shape]);
    });
  }
  const sizes = parts.map((part) => part.shape[at]);
  const joined = size ?? (sizes.every((s) => typeof s === "number") ? sizes.reduce((a, b) => a + b, 0) : undefined);
  if (joined === undefined) throw new ShapeError("concat", `name the joined size of ${parts.map((p) => show(p.shape)).join(", ")}`);
  return operation("Concat", parts, [[first.dtype, first.shape.map((dim, i) => (i === at ? joined : dim))]], { axis: at })[0];
}

/** Splits an axis (default the last) into parts of the given sizes. */
export function split(x: Tensor, sizes: readonly number[], axis = -1): Tensor[] {
  const at = axisOf("split", x, axis);
  const whole = sizes.reduce((a, b) => a + b, 0);
  expectEqual("split", "the parts do not add up", x.shape[at], whole, [x.shape, sizes]);
  const outputs = sizes.map((size) => [x.dtype, x.shape.map((dim, i) => (i === at ? size : dim))] as const);
  return [...operation("Split", [x, integers(sizes)], outputs, { axis: at })];
}

/**
 * Splits an axis where the sizes are known only when the graph runs.
 * @param lengths `(parts,)` int64: the sizes
 * @param sizes their names, in the same order
 * @returns the parts, of the type of `x`
 * @throws ShapeError for an axis that `x` does not have, or another number of lengths than of names; at run time where they do not add up
 */
export function splitAt(x: Tensor, lengths: Tensor, sizes: readonly Dim[], axis = -1): Tensor[] {
  const at = axisOf("splitAt", x, axis);
  expectEqual("splitAt", "as many lengths as parts", lengths.shape[0], sizes.length, [lengths.shape]);
  const outputs = sizes.map((size) => [x.dtype, x.shape.map((dim, i) => (i === at ? size : dim))] as const);
  return [...operation("Split", [x, lengths], outputs, { axis: at })];
}

/** Picks along `axis` by int64 `indices`; the indices' shape takes that axis' place (a scalar removes it). */
export function gather(x: Tensor, indices: Tensor | number, axis = 0): Tensor {
  const at = axisOf("gather", x, axis);
  const index = typeof indices === "number" ? integers(indices) : indices;
  const shape = [...x.shape.slice(0, at), ...index.shape, ...x.shape.slice(at + 1)];
  return operation("Gather", [x, index], [[x.dtype, shape]], { axis: at })[0];
}

/** For each position of `indices` (same rank as `x`) the element of `x` at that index along `axis`. */
export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  expectRank("gatherElements", indices, x.rank);
  return operation("GatherElements", [x, indices], [[x.dtype, indices.shape]], { axis: axisOf("gatherElements", x, axis) })[0];
}

/** Adds axes of size 1 at the given places of the result; negative ones count from its end. */
export function unsqueeze(x: Tensor, axes: readonly number[]): Tensor {
  const rank = x.rank + axes.length;
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const outside = places.some((place, i) => !Number.isInteger(place) || place < 0 || place >= rank || place === places[i - 1]);
  if (outside)
    throw new ShapeError("unsqueeze", `axes ${axes.join(", ")} are not ${axes.length} places of ${rank} axes around ${show(x.shape)}`, [
      x.shape,
    ]);
  const shape = [...x.shape];
  for (const place of places) shape.splice(place, 0, 1);
  return operation("Unsqueeze", [x, integers(places)], [[x.dtype, shape]])[0];
}
