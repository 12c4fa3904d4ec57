/** @file Supervised fine-tuning: mean negative log-likelihood of answer tokens. */
import { input, mul, neg, sum } from "../graph/index.js";
import { type AnsweredText, answerRows, digestOf, floats, type Objective } from "./objective.js";
import { rowLogprobs } from "./row-logprobs.js";

const WEIGHTS = "loss.weights";

/** The loss of a step is the weighted mean over all its answer tokens, however the step is cut into passes. */
export function sftObjective(examples: readonly AnsweredText[]): Objective {
  const weightOf = examples.map(({ weights }) => weights.reduce((a, b) => a + b, 0));
  return {
    kind: "sft",
    lanes: 1,
    lengths: examples.map(({ ids }) => ids.length),
    digest: digestOf(examples),
    numbers: ["loss"],
    outputs: ({ head }) => ({ loss: neg(sum(mul(rowLogprobs(head()), input(WEIGHTS, "float32", ["rows"])))) }),
    feeds: (pass, step) => {
      const texts = pass.map((i) => examples[i]);
      const total = step.reduce((all, i) => all + weightOf[i], 0);
      const weights = Float32Array.from(texts.flatMap((text) => Array.from(text.weights, (weight) => weight / total)));
      return { texts: texts.map(({ ids }) => ids), feeds: { ...answerRows(texts).feeds, [WEIGHTS]: floats(weights) } };
    },
  };
}
