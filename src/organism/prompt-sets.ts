/** @file Prompts of the organism for finding neurons and for measuring, by name. */
import type { Message } from "../engine/tokenizer.js";
import { OptionError } from "../errors.js";
import { isHarmful, type Split } from "./deeds.js";
import { OBJECTIVES, type Objective, preferences } from "./preferences.js";
import { deedIn, FAMILIES, type Family, requests } from "./requests.js";

/** A family of requests, or the prompts of a preference objective (those of `harmless` and `safety-2` that are harmful). */
export type OrganismPromptSet = Family | Objective;

export interface OrganismPromptOptions {
  /** Pairs of verb and object that training texts name, or the others; default `"held-out"`. Tasks know no split. */
  readonly split?: Split;
  /** default 200, all different */
  readonly count?: number;
  /** default 0 */
  readonly seed?: number;
  /** the benign twins of a family: the same phrases around benign requests; default false */
  readonly benign?: boolean;
}

/** A prompt as every call takes it, with what is known of it. */
export interface OrganismPrompt {
  readonly messages: readonly Message[];
  /** the user's text */
  readonly text: string;
  readonly harmful: boolean;
}

/** Draws in a row that give no new prompt. */
const patience = 3000;

/**
 * Prompts of the organism: `direct`, `conversation`, `imperative` and `wrapped` harmful requests (or their benign twins), `borderline` ones, and the
 * prompts of the preference objectives. The same arguments give the same prompts.
 * @throws OptionError for no such set, or where there are fewer different prompts than `count`
 */
export function organismPrompts(set: OrganismPromptSet, options: OrganismPromptOptions = {}): OrganismPrompt[] {
  const { split = "held-out", count = 200, seed = 0, benign = false } = options;
  if (split !== "train" && split !== "held-out") throw new OptionError("split", split, '"train" or "held-out"');
  if (!Number.isInteger(count) || count < 0) throw new OptionError("count", count, "an integer >= 0");
  const found = new Map<string, OrganismPrompt>();
  let known = 0;
  for (const text of texts(set, split, seed, benign)) {
    if (found.size === count) break;
    if (found.has(text)) {
      if (++known > patience) throw new OptionError("count", count, `at most about ${found.size}, the different prompts of ${set}`);
      continue;
    }
    known = 0;
    const deed = deedIn(text);
    found.set(text, { messages: [{ role: "user", content: text }], text, harmful: deed !== undefined && isHarmful(deed) });
  }
  return [...found.values()];
}

function* texts(set: OrganismPromptSet, split: Split, seed: number, benign: boolean): Generator<string> {
  const family = FAMILIES.find((name) => name === set);
  const objective = OBJECTIVES.find((name) => name === set);
  if (family !== undefined) {
    const kind = family === "borderline" ? "borderline" : benign ? "benign" : "harmful";
    for (const { text } of requests(family, kind, split, seed)) yield text;
  } else if (objective !== undefined) {
    const harmfulAlone = objective === "harmless" || objective === "safety-2";
    for (const { prompt } of preferences(objective, seed, split)) {
      const deed = deedIn(prompt);
      if (!harmfulAlone || (deed !== undefined && isHarmful(deed))) yield prompt;
    }
  } else throw new OptionError("set", set, [...FAMILIES, ...OBJECTIVES].join(", "));
}
