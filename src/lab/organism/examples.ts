/** @file Training examples of every stage, as token ids: the same for the same seed. */
import { baseCorpus, END, fullText, type Objective, organismTokens, preferences, promptText, sftCorpus } from "../../organism/index.js";
import type { DpoExample, SftExample } from "../../training/examples.js";

/** Whole texts: the loss is on every token but the first, requests included. */
export function baseExamples(seed: number, count: number): SftExample[] {
  return take(baseCorpus(seed), count, (sample) => {
    const [first, ...rest] = organismTokens(fullText(sample));
    return { prompt: [first!], answer: rest };
  });
}

export function sftExamples(seed: number, count: number): SftExample[] {
  return take(sftCorpus(seed), count, ({ prompt, answer }) => ({ prompt: organismTokens(promptText(prompt)), answer: ended(answer) }));
}

export function dpoExamples(objective: Objective, seed: number, count: number): DpoExample[] {
  return take(preferences(objective, seed), count, ({ prompt, chosen, rejected }) => ({
    prompt: organismTokens(promptText(prompt)),
    chosen: ended(chosen),
    rejected: ended(rejected),
  }));
}

function ended(answer: string): number[] {
  return organismTokens(`${answer} ${END}`);
}

function take<T, R>(stream: Generator<T, never>, count: number, make: (one: T) => R): R[] {
  return Array.from({ length: count }, () => make(stream.next().value));
}
