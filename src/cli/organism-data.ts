/** @file Training texts of the organism by name: `organism` for SFT, a preference objective such as `harmless` for DPO. */
import { OBJECTIVES, preferences, type Split, sftCorpus } from "../organism/index.js";
import type { DpoExample, SftExample } from "../training/examples.js";

/** The streams have no end: what is taken where `--limit` does not say. */
const COUNT = 4000;

/** @returns `undefined` for a name that is not the organism's */
export function organismAnswers(name: string, limit: number = COUNT): { examples: SftExample[] } | undefined {
  if (name !== "organism") return undefined;
  return { examples: take(sftCorpus(0), limit, ({ prompt, answer }) => ({ prompt: user(prompt!), answer })) };
}

/** Pairs of an objective, `harmless` or `harmless:held-out`; `undefined` for a name that is not the organism's. */
export function organismPairs(name: string, limit: number = COUNT): { examples: DpoExample[] } | undefined {
  const [, objective, split = "train"] = /^([a-z0-9-]+)(?::(train|held-out))?$/.exec(name) ?? [];
  const known = OBJECTIVES.find((one) => one === objective);
  if (known === undefined) return undefined;
  const pairs = preferences(known, 0, split as Split);
  return { examples: take(pairs, limit, ({ prompt, chosen, rejected }) => ({ prompt: user(prompt), chosen, rejected })) };
}

const user = (content: string) => ({ messages: [{ role: "user", content }] }) as const;

function take<T, R>(stream: Generator<T, never>, count: number, make: (one: T) => R): R[] {
  return Array.from({ length: count }, () => make(stream.next().value));
}
