/** @file Shape arithmetic on sizes that may be names. Two names are equal only when they are the same name. */
import { ShapeError } from "../errors.js";
import type { Dim, Shape, Tensor } from "./tensor.js";

export const show = (shape: Shape): string => `(${shape.join(", ")})`;

/** The shape that two operands broadcast to, as NumPy does. */
export function broadcast(op: string, a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new ShapeError(op, `shapes ${show(a)} and ${show(b)} do not broadcast: ${x} against ${y}`, [a, b]);
  });
}

/** Resolves a possibly negative axis. */
export function axisOf(op: string, tensor: Tensor, axis: number): number {
  const at = axis < 0 ? axis + tensor.rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= tensor.rank)
    throw new ShapeError(op, `axis ${axis} is outside shape ${show(tensor.shape)}`, [tensor.shape]);
  return at;
}

export function expectRank(op: string, tensor: Tensor, rank: number): void {
  if (tensor.rank !== rank) throw new ShapeError(op, `expected ${rank} axes; got shape ${show(tensor.shape)}`, [tensor.shape]);
}

export function expectEqual(op: string, what: string, a: Dim, b: Dim, shapes: readonly Shape[]): void {
  if (a !== b) throw new ShapeError(op, `${what}: ${a} against ${b} in shapes ${shapes.map(show).join(" and ")}`, shapes);
}
