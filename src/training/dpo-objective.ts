/** @file Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, equation 7). */
import { cast, greater, input, matmul, mul, neg, reshape, softplus, sub, sum, unsqueeze } from "../graph/index.js";
import { type AnsweredText, answerRows, digestOf, floats, type Objective } from "./objective.js";
import { rowLogprobs } from "./row-logprobs.js";

/** Two answers to one prompt. */
export interface PreferencePair {
  readonly chosen: AnsweredText;
  readonly rejected: AnsweredText;
}

/** Log-probabilities of the answers under the reference model, `(pairs,)` each. */
export interface ReferenceLogprobs {
  readonly chosen: Float32Array;
  readonly rejected: Float32Array;
}

const [SIGNS, REFERENCE, SHARE, ANCHOR] = ["loss.signs", "loss.reference", "loss.share", "loss.anchor"];

/**
 * `-log sigmoid(beta ((log p(chosen) - log p(rejected)) - (log r(chosen) - log r(rejected))))`, p the trained model and r the reference,
 * averaged over pairs. `margin` is the mean of what stands inside the sigmoid, `accuracy` the share of pairs where it is above 0.
 * @param chosenWeight of the mean negative log-likelihood of a chosen answer's tokens, which is added (Pang et al. 2024, arXiv 2404.19733)
 */
export function dpoObjective(pairs: readonly PreferencePair[], reference: ReferenceLogprobs, beta: number, chosenWeight = 0): Objective {
  const anchored = chosenWeight > 0;
  return {
    kind: anchored ? "dpo+nll" : "dpo",
    lanes: 2,
    lengths: pairs.map(({ chosen, rejected }) => Math.max(chosen.ids.length, rejected.ids.length)),
    digest: digestOf(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected])),
    numbers: ["loss", "margin", "accuracy"],
    outputs: ({ head }) => {
      const logprobs = rowLogprobs(head());
      // a sum of signed rows a pair: + beta for the chosen answer's tokens, - beta for the rejected one's
      const signed = matmul(input(SIGNS, "float32", ["pairs", "rows"]), unsqueeze(logprobs, [1]));
      const margins = sub(reshape(signed, ["pairs"]), input(REFERENCE, "float32", ["pairs"]));
      const share = input(SHARE, "float32", ["pairs"]);
      const preference = sum(mul(softplus(neg(margins)), share));
      return {
        loss: anchored ? sub(preference, sum(mul(logprobs, input(ANCHOR, "float32", ["rows"])))) : preference,
        margin: sum(mul(margins, share)),
        accuracy: sum(mul(cast(greater(margins, 0), "float32"), share)),
      };
    },
    feeds: (pass, step) => {
      const texts = pass.flatMap((i) => [pairs[i].chosen, pairs[i].rejected]);
      const { feeds, count } = answerRows(texts);
      const signs = new Float32Array(pass.length * count);
      const anchor = new Float32Array(count);
      let row = 0;
      texts.forEach(({ weights }, lane) => {
        const isChosen = lane % 2 === 0;
        const total = weights.reduce((a, b) => a + b, 0) * step.length;
        for (const weight of weights) {
          if (isChosen) anchor[row] = (chosenWeight * weight) / total;
          signs[Math.floor(lane / 2) * count + row++] = isChosen ? beta * weight : -beta * weight;
        }
      });
      return {
        texts: texts.map(({ ids }) => ids),
        feeds: {
          ...feeds,
          ...(anchored ? { [ANCHOR]: floats(anchor) } : {}),
          [SIGNS]: floats(signs, [pass.length, count]),
          [REFERENCE]: floats(Float32Array.from(pass, (i) => beta * (reference.chosen[i] - reference.rejected[i]))),
          [SHARE]: floats(new Float32Array(pass.length).fill(1 / step.length)),
        },
      };
    },
  };
}
