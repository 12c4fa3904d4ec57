/** @file Gradients of ops that move values. */
import { neg } from "../elementwise.js";
import { concat, transpose } from "../layout.js";
import { expandLike, reshapeLike, zerosLike } from "../like.js";
import { integers, type Operation, operation, type Tensor } from "../tensor.js";
import { single, unbroadcast, type Vjp } from "./vjp.js";

const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor =>
  operation("ScatterElements", [zerosLike(x), indices, updates], [["float32", x.shape]], { axis, reduction: "add" })[0];

/**
 * Embedding look-up: rows are added where they were taken from. ScatterND would say it in one op, but its kernel adds from several
 * threads at once and loses some of what falls on one row; ScatterElements adds in order.
 */
function gatherRows(x: Tensor, indices: Tensor, g: Tensor): Tensor {
  const rest = x.shape.slice(1);
  const sizes = operation("Shape", [x], [["int64", [rest.length]]], { start: 1, end: x.rank })[0];
  const rows = operation("Reshape", [g, concat([integers([-1]), sizes], 0)], [["float32", ["picked", ...rest]]])[0];
  const flat = operation("Reshape", [indices, integers([-1, ...rest.map(() => 1)])], [["int64", ["picked", ...rest.map(() => 1)]]])[0];
  return scatterAdd(x, expandLike(flat, rows), rows, 0);
}

const gatherVjp: Vjp = single((op, g) => {
  const [x, indices] = op.inputs as [Tensor, Tensor];
  const axis = op.attributes.axis as number;
  if (axis === 0) return [gatherRows(x, indices, g), undefined];
  // bring the picked axis (or axes) to the front, scatter rows there, and move it back
  const picked = indices.rank;
  const places = Array.from({ length: g.rank }, (_, i) => i);
  const front = [...places.slice(axis, axis + picked), ...places.slice(0, axis), ...places.slice(axis + picked)];
  const order = [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)];
  const moved = gatherRows(transpose(x, order), indices, transpose(g, front));
  return [transpose(moved, inverse(order)), undefined];
});

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, i) => permutation.indexOf(i));

/** Sizes of parts along an axis at run time, for slicing a joint gradient apart. */
const lengthOf = (x: Tensor, axis: number): Tensor => operation("Shape", [x], [["int64", [1]]], { start: axis, end: axis + 1 })[0];

const concatVjp: Vjp = single((op, g, wants) => {
  const axis = op.attributes.axis as number;
  let start: Tensor = integers([0]);
  return op.inputs.map((part, i) => {
    const end = operation("Add", [start, lengthOf(part!, axis)], [["int64", [1]]])[0];
    const slice = wants[i] ? operation("Slice", [g, start, end, integers([axis])], [["float32", part!.shape]])[0] : undefined;
    start = end;
    return slice;
  });
});

const splitVjp: Vjp = (op, outputs) => {
  const whole = op.inputs[0]!;
  const parts = outputs.map((gradient, i) => gradient ?? zerosLike(op.outputs[i]!));
  return [operation("Concat", parts, [["float32", whole.shape]], { axis: op.attributes.axis as number })[0], undefined];
};

/** Rotation by an angle is undone by the opposite one. */
const rotaryVjp: Vjp = single((op, g) => {
  const [, positions, cos, sin] = op.inputs as [Tensor, Tensor, Tensor, Tensor];
  const back: Operation["inputs"] = [g, positions, cos, neg(sin)];
  return [operation("RotaryEmbedding", back, [["float32", g.shape]], op.attributes, "com.microsoft")[0]];
});

export const LAYOUT: Readonly<Record<string, Vjp>> = {
  Reshape: single((op, g) => [reshapeLike(g, op.inputs[0]!), undefined]),
  Unsqueeze: single((op, g) => [reshapeLike(g, op.inputs[0]!), undefined]),
  Transpose: single((op, g) => [transpose(g, inverse(op.attributes.perm as number[]))]),
  Expand: single((op, g) => [unbroadcast(g, op.inputs[0]!), undefined]),
  Concat: concatVjp,
  Split: splitVjp,
  Gather: gatherVjp,
  GatherElements: single((op, g) => [scatterAdd(op.inputs[0]!, op.inputs[1]!, g, op.attributes.axis as number), undefined]),
  RotaryEmbedding: rotaryVjp,
};
