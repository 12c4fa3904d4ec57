/**
 * @file Reverse-mode differentiation. Tensors know how they were made, so gradients walk those links back from the loss and return
 * tensors themselves: forward and backward compile into one graph. Each op's vector-Jacobian product is in vjp/, by op name.
 */
import { NeuronbookError, ShapeError } from "../errors.js";
import { add } from "./elementwise.js";
import { onesLike, zerosLike } from "./like.js";
import { type Cheap, Recomputation } from "./recompute.js";
import { show } from "./shape.js";
import type { Operation, Tensor } from "./tensor.js";
import { VJPS } from "./vjp/index.js";

/**
 * Gradients of a scalar with respect to tensors of its graph: inputs, weights, or any value on the way (a site).
 * @param loss float32 with one element
 * @param wanted tensors whose gradients are wanted; those that the loss does not depend on give zeros
 * @param cheap ops that run again in backward instead of keeping their results; default none
 * @returns one tensor a wanted tensor, of its shape, float32
 * @throws ShapeError for a loss that is no scalar; NeuronbookError for an op on the way that has no gradient here
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[], cheap: Cheap = () => false): Tensor[] {
  if (loss.shape.some((dim) => dim !== 1))
    throw new ShapeError("gradients", `the loss must be one number; got ${show(loss.shape)}`, [loss.shape]);
  const order = needed(loss, wanted);
  const targets = new Set(wanted);
  const sums = new Map<Tensor, Tensor>([[loss, onesLike(loss)]]);
  const recomputation = new Recomputation(cheap);
  for (const op of order) {
    const outputs = op.outputs.map((output) => (output ? sums.get(output) : undefined));
    const gradient = outputs.find((each) => each !== undefined);
    if (!gradient) continue;
    const vjp = VJPS.get(op.type);
    if (!vjp) throw new NeuronbookError("gradient", `${op.type} has no gradient; ${INSTEAD[op.type] ?? "write it with ops that have one"}`);
    const wants = op.inputs.map((input) => input !== null && order.dependsOn(input));
    const made = vjp(recomputation.late(op, gradient), outputs, wants);
    const inner = innerOutput(op);
    if (inner && targets.has(inner) && made[0]) sums.set(inner, made[0]);
    made.forEach((gradient, i) => {
      const input = op.inputs[i];
      if (!gradient || !input || !wants[i]) return;
      const before = sums.get(input);
      sums.set(input, before ? add(before, gradient) : gradient);
    });
    for (const output of op.outputs) if (output && !targets.has(output)) sums.delete(output);
  }
  return wanted.map((tensor) => sums.get(tensor) ?? zerosLike(tensor));
}

const INSTEAD: Readonly<Record<string, string>> = {
  If: "choose with where, or compile the decoder with attention in its explicit form",
  GroupQueryAttention: "compile the decoder with attention in its explicit form",
};

/**
 * Where one result of an op is made from another, a gradient with respect to the latter counts what flows through the former as well.
 * For such an op it equals the gradient of the first input.
 */
const innerOutput = (op: Operation): Tensor | null => (op.type === "SkipSimplifiedLayerNormalization" ? op.outputs[3] : null);

/** Ops between the loss and the wanted tensors, loss first; each comes after every op that reads its outputs. */
function needed(loss: Tensor, wanted: readonly Tensor[]): Operation[] & { dependsOn: (tensor: Tensor) => boolean } {
  const depends = new Map<Tensor, boolean>(wanted.map((tensor) => [tensor, true]));
  const order: Operation[] = [];
  const state = new Set<Operation>();
  const stack: { op: Operation; reads: readonly (Tensor | null)[]; next: number }[] = [];
  const open = (tensor: Tensor) => {
    if (tensor.source.kind === "op" && !state.has(tensor.source)) {
      state.add(tensor.source);
      const { inputs, branches = {} } = tensor.source;
      stack.push({ op: tensor.source, reads: [...inputs, ...Object.values(branches)], next: 0 });
    }
  };
  open(loss);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next < top.reads.length) {
      const read = top.reads[top.next++];
      if (read) open(read);
      continue;
    }
    stack.pop();
    const inner = innerOutput(top.op);
    if ((inner && depends.get(inner)) || top.reads.some((read) => read !== null && depends.get(read) === true)) {
      for (const output of top.op.outputs) if (output) depends.set(output, true);
      order.push(top.op);
    }
  }
  return Object.assign(order.reverse(), { dependsOn: (tensor: Tensor) => depends.get(tensor) === true });
}
