/** @file Log-probabilities of given tokens, made so that training keeps nothing of the vocabulary's size. */
import {
  add,
  div,
  exp,
  gather,
  input,
  linear,
  log,
  matmul,
  max,
  mul,
  reshape,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from "../graph/index.js";
import type { Head } from "../models/decoder.js";

/** Input `(rows,)` int64: the token that each row's log-probability is wanted of. */
export const TARGETS = "loss.targets";

/**
 * `(rows,)`: log-probability of the token that input `loss.targets` names.
 *
 * It is `x . weight[target] - log sum exp(logits)`. With p the probabilities, the latter's gradients are those of `x . (p @ weight)` with p
 * held fixed, so the value comes from the logits and the gradient from that product: one array of the vocabulary's size, written over
 * again and again, which is gone before backward begins (it stays where the weight is trained). No one-hot is made.
 */
export function rowLogprobs({ x, weight }: Head): Tensor {
  const logits = linear(x, weight);
  const largest = max(logits, { axes: [1], keep: true });
  const powers = exp(sub(logits, largest));
  const total = sum(powers, { axes: [1], keep: true });
  const normaliser = reshape(add(largest, log(total)), ["rows"]);
  const expected = div(matmul(stopGradient(powers), weight), stopGradient(total));
  const slope = sum(mul(x, expected), { axes: [1] });
  const chosen = sum(mul(x, gather(weight, input(TARGETS, "int64", ["rows"]))), { axes: [1] });
  return sub(chosen, add(stopGradient(normaliser), sub(slope, stopGradient(slope))));
}
