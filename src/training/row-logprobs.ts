/** @file Log-probabilities of given tokens, made so that training keeps nothing of the vocabulary's size. */
import {
  add,
  exp,
  gather,
  gatherElements,
  input,
  linear,
  logSoftmax,
  matmul,
  mul,
  reshape,
  stopGradient,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../graph/index.js";
import type { Head } from "../models/decoder.js";

/** Input `(rows,)` int64: the token that each row's log-probability is wanted of. */
export const TARGETS = "loss.targets";

/**
 * `(rows,)`: log-probability of the token that input `loss.targets` names.
 *
 * With p the probabilities, the gradient with respect to the head's input x is `weight[target] - p @ weight`, and with respect to the
 * weight that of `x . weight[target] - x . (p @ weight)`, p held fixed. So the value comes from the logits, the gradient from that
 * product: logits and probabilities are gone before backward begins (p stays where the weight is trained), and no one-hot is made.
 */
export function rowLogprobs({ x, weight }: Head): Tensor {
  const targets = input(TARGETS, "int64", ["rows"]);
  const all = logSoftmax(linear(x, weight));
  const value = reshape(gatherElements(all, unsqueeze(targets, [1]), 1), ["rows"]);
  const expected = matmul(stopGradient(exp(all)), weight);
  const slope = sum(mul(x, sub(gather(weight, targets), expected)), { axes: [1] });
  return add(stopGradient(value), sub(slope, stopGradient(slope)));
}
