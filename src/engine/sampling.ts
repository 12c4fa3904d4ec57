/** @file Choosing the next token from logits. */
import type { Random } from "../random.js";
import type { Sampling } from "./protocol.js";

/**
 * A token drawn from `softmax(logits / temperature)`, cut to the `topK` likeliest and then to the smallest set of them whose
 * probability reaches `topP` (the order and meaning of Hugging Face's warpers).
 * @param logits `(vocabulary,)` float32
 */
export function sampleToken(logits: Float32Array, { temperature, topK, topP }: Sampling, random: Random): number {
  if (temperature === 0) return greediest(logits);
  let order = Uint32Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
  if (topK > 0) order = order.subarray(0, topK);
  const best = logits[order[0]];
  const weights = Float64Array.from(order, (token) => Math.exp((logits[token] - best) / temperature));
  let kept = weights.reduce((a, b) => a + b, 0);
  let count = weights.length;
  if (topP < 1) {
    const enough = topP * kept;
    for (kept = 0, count = 0; count < weights.length && kept < enough; count++) kept += weights[count];
  }
  let rest = random.uniform() * kept;
  for (let i = 0; i < count; i++) {
    rest -= weights[i];
    if (rest < 0) return order[i];
  }
  return order[count - 1];
}

function greediest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}
