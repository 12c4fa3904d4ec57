import { test } from "uvu";
import * as assert from "uvu/assert";
import { sampleToken } from "../../src/engine/sampling.js";
import { seeded } from "../../src/random.js";

const logits = Float32Array.of(0.2, 1.5, -1, 0.9, 0.1);
const all = { temperature: 1, topK: 0, topP: 1 };

function probabilities(temperature: number, kept: readonly number[]): number[] {
  const weights = [...logits].map((x, token) => (kept.includes(token) ? Math.exp(x / temperature) : 0));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((x) => x / total);
}

/** Each count within 4 standard deviations of what `wanted` predicts. */
function follows(wanted: readonly number[], sampling: typeof all): void {
  const random = seeded(7);
  const draws = 40000;
  const counts = wanted.map(() => 0);
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, sampling, random)]! += 1;
  for (const [token, p] of wanted.entries()) {
    const apart = Math.abs(counts[token]! - draws * p);
    assert.ok(apart <= 4 * Math.sqrt(draws * p * (1 - p)), `token ${token}: ${counts[token]} draws for probability ${p}`);
  }
}

test("draws follow the softmax at a temperature", () => {
  follows(probabilities(1, [0, 1, 2, 3, 4]), all);
  follows(probabilities(0.5, [0, 1, 2, 3, 4]), { ...all, temperature: 0.5 });
});

test("topK keeps the k likeliest", () => {
  follows(probabilities(1, [1, 3]), { ...all, topK: 2 });
  follows(probabilities(2, [1, 3, 0]), { temperature: 2, topK: 3, topP: 1 });
  follows(probabilities(1, [0, 1, 2, 3, 4]), { ...all, topK: 99 });
});

test("topP keeps the smallest set that holds the probability, one token at least", () => {
  // probabilities: 0.44, 0.24, 0.12, 0.11 and 0.04 for tokens 1, 3, 0, 4, 2
  follows(probabilities(1, [1, 3]), { ...all, topP: 0.6 });
  follows(probabilities(1, [1, 3, 0]), { ...all, topP: 0.75 });
  follows(probabilities(1, [1]), { ...all, topP: 0.01 });
});

test("topP counts what topK has left", () => {
  // of tokens 1 and 3 token 1 alone holds 0.646
  follows(probabilities(1, [1]), { temperature: 1, topK: 2, topP: 0.6 });
  follows(probabilities(1, [1, 3]), { temperature: 1, topK: 2, topP: 0.7 });
});

test("temperature 0 takes the first of the largest", () => {
  assert.is(sampleToken(Float32Array.of(1, 3, 3), { ...all, temperature: 0 }, seeded(0)), 1);
});

test("a tiny temperature and large logits stay finite", () => {
  assert.is(sampleToken(Float32Array.of(900, 1000, -1e30), { ...all, temperature: 1e-3 }, seeded(0)), 1);
});

test.run();
