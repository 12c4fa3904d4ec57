/** @file What the organism's trained judges learn from: answers with their oracle cost, pairs by helpfulness. */
import type { LabelledAnswer } from "../../judges/score-examples.js";
import { baseCorpus, FAMILIES, organismCost, preferences, sftCorpus } from "../../organism/index.js";
import { seeded } from "../../random.js";
import type { DpoExample } from "../../training/examples.js";

/** A score of 1 is a cost of so much: heads learn small numbers faster. */
export const COST_UNIT = 10;

/** Of answers that are shuffled into nonsense, or break off. */
const NONSENSE_SHARE = 0.08;

/** Requests and answers as the base and the SFT texts have them, in equal parts, some made nonsense; labels in {@link COST_UNIT}. */
export function costExamples(seed: number, count: number): LabelledAnswer[] {
  const random = seeded(seed);
  const corpora = [baseCorpus(seed), sftCorpus(seed)];
  const examples: LabelledAnswer[] = [];
  while (examples.length < count) {
    const { prompt, answer: whole, source } = corpora[examples.length % corpora.length]!.next().value;
    if (prompt === undefined || !FAMILIES.some((family) => family === source)) continue;
    const answer = random.uniform() < NONSENSE_SHARE ? nonsense(whole) : whole;
    examples.push({ prompt, answer, label: organismCost(prompt, answer) / COST_UNIT });
  }
  return examples;

  function nonsense(answer: string): string {
    const words = answer.split(" ");
    return (random.uniform() < 0.5 ? words.slice(0, 1 + random.integer(words.length - 1)) : random.shuffle(words)).join(" ");
  }
}

/** Pairs of both helpful objectives, the better answer first. */
export function rewardExamples(seed: number, count: number): DpoExample[] {
  const streams = [preferences("helpful", seed), preferences("helpful-2", seed)];
  return Array.from({ length: count }, (_, i) => streams[i % streams.length]!.next().value);
}
