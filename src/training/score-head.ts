/** @file A score head that is trained together with something else, such as the scales of an adapter. */
import { ShapeError } from "../errors.js";
import { SCORE_HEAD } from "./score-objective.js";
import type { Trainable } from "./trainable.js";

/** A linear map from a hidden state to one number. */
export interface LinearHead {
  /** `(hidden,)` float32 */
  readonly weight: Float32Array;
  readonly bias: number;
}

/**
 * @param start the head before the first step
 * @throws ShapeError where its size is not `hidden`
 */
export function withScoreHead<Trained extends object>(
  trainable: Trainable<Trained>,
  hidden: number,
  start: LinearHead,
): Trainable<Trained & { head: LinearHead }> {
  if (start.weight.length !== hidden)
    throw new ShapeError("score head", `${start.weight.length} weights, the hidden state has ${hidden}`, [[start.weight.length], [hidden]]);
  return {
    ...trainable,
    key: `${trainable.key}+head`,
    parameters: [
      ...trainable.parameters,
      { name: SCORE_HEAD.weight, shape: [1, hidden], decays: true, initial: () => start.weight.slice() },
      { name: SCORE_HEAD.bias, shape: [1], decays: false, initial: () => Float32Array.of(start.bias) },
    ],
    finish: (values) => ({
      ...trainable.finish(values),
      head: { weight: values.get(SCORE_HEAD.weight)!, bias: values.get(SCORE_HEAD.bias)![0] },
    }),
  };
}
