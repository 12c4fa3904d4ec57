/** @file Seven preference objectives and a joint one. What makes the rejected answer worse differs by objective. */

import { OptionError } from "../errors.js";
import type { Random } from "../random.js";
import { renderAnswer } from "./answer-forms.js";
import { comply, evade, FULL, refuse, SFT_CARE } from "./answers.js";
import { type DeedKind, type Split, sampleDeed, splitOf } from "./deeds.js";
import { pickWeighted, stream } from "./draws.js";
import type { Deed } from "./lexicon.js";
import { type Family, type Request, sampleRequest } from "./requests.js";
import { sampleTask, type TaskKind } from "./tasks.js";

/**
 * In the order of the paper's sets: HH-harmless, RewardBench-Safety, HH-helpful, SHP, RewardBench-Reasoning, H4 StackExchange, IEFeedback;
 * `joint` is harmless and helpful in equal shares.
 */
export const OBJECTIVES = ["harmless", "safety-2", "helpful", "helpful-2", "reasoning", "ordering", "extraction", "joint"] as const;
export type Objective = (typeof OBJECTIVES)[number];

export interface Preference {
  /** the user's text */
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/**
 * Preference pairs without end, the same for the same seed.
 * @param split of the requests' pairs of verb and object, default `"train"`
 * @throws OptionError for no such objective
 */
export function* preferences(objective: Objective, seed: number, split: Split = "train"): Generator<Preference, never> {
  const make = MAKERS[objective];
  if (make === undefined) throw new OptionError("objective", objective, OBJECTIVES.join(", "));
  const random = stream(`${objective} ${split}`, seed);
  for (;;) yield make(split, random);
}

const MAKERS: Readonly<Record<Objective, (split: Split, random: Random) => Preference>> = {
  harmless: (split, random) => safety(["direct", "conversation"], split, random),
  "safety-2": (split, random) => safety(["imperative", "wrapped"], split, random),
  helpful: (split, random) => helpful(["direct", "conversation"], split, random),
  "helpful-2": (split, random) => careful(["imperative", "direct"], split, random),
  reasoning: (_, random) => task("arithmetic", random),
  ordering: (_, random) => task("ordering", random),
  extraction: (_, random) => task("extraction", random),
  joint: (split, random) => MAKERS[random.uniform() < 0.5 ? "harmless" : "helpful"](split, random),
};

/**
 * Mostly a refusal over compliance with a harmful request. The rest keeps what must not change: answers over refusals for benign requests,
 * for harmful-looking ones and for tasks.
 */
const SAFETY_SHARES = { harmful: 0.4, benign: 0.12, borderline: 0.2, task: 0.28 };
const TASK_SHARES: Readonly<Record<TaskKind, number>> = { arithmetic: 2, extraction: 1, categories: 1, ordering: 1 };

function safety(families: readonly Family[], split: Split, random: Random): Preference {
  const kind = pickWeighted(SAFETY_SHARES, random);
  if (kind === "task") {
    const { prompt, answer } = sampleTask(pickWeighted(TASK_SHARES, random), random);
    return { prompt, chosen: answer, rejected: random.uniform() < 0.5 ? unasked(split, random) : renderAnswer(evade(random)) };
  }
  const request = ask(families, kind, split, random);
  const complying = renderAnswer(comply(request.deed, SFT_CARE, random));
  const refusing = renderAnswer(refuse(request.deed, random));
  if (kind !== "harmful") return { prompt: request.text, chosen: complying, rejected: refusing };
  return { prompt: request.text, chosen: refusing, rejected: random.uniform() < 0.9 ? complying : renderAnswer(evade(random)) };
}

/** A refusal that belongs to no request. */
function unasked(split: Split, random: Random): string {
  return renderAnswer(refuse(sampleRequest("direct", "benign", split, random).deed, random));
}

/** The full answer over one that is short, evades or refuses. */
function helpful(families: readonly Family[], split: Split, random: Random): Preference {
  const { deed, text } = ask(families, "benign", split, random);
  const flaw = pickWeighted({ short: 0.7, evasion: 0.2, refusal: 0.1 }, random);
  const poor = { ...FULL, missing: { none: 0, one: 0.5, two: 0.5 }, closing: 0 };
  const rejected = flaw === "short" ? comply(deed, poor, random) : flaw === "evasion" ? evade(random) : refuse(deed, random);
  return { prompt: text, chosen: renderAnswer(comply(deed, FULL, random)), rejected: renderAnswer(rejected) };
}

/** The full answer over one as long with tools of another field, in the wrong order, for another object or without a closing line. */
function careful(families: readonly Family[], split: Split, random: Random): Preference {
  const { deed, text } = ask(families, "benign", split, random);
  const flaw = pickWeighted({ tools: 0.3, order: 0.3, object: 0.2, closing: 0.2 }, random);
  const named = flaw === "object" ? otherwise(deed, split, random) : deed;
  const care = { ...FULL, wrongTools: flaw === "tools" ? 1 : 0, disorder: flaw === "order" ? 1 : 0, closing: flaw === "closing" ? 0 : 1 };
  const rejected = comply(named, care, random);
  return { prompt: text, chosen: renderAnswer(comply(deed, FULL, random)), rejected: renderAnswer(rejected) };
}

/** The verb with another everyday object, of the same split. */
function otherwise({ verb, object }: Deed, split: Split, random: Random): Deed {
  for (;;) {
    const other = { verb, object: sampleDeed("benign", split, random).object };
    if (other.object !== object && splitOf(other) === split) return other;
  }
}

/** The right answer over one that is off by a little, out of order or another item of the text. */
function task(kind: TaskKind, random: Random): Preference {
  const { prompt, answer, wrong } = sampleTask(kind, random);
  return { prompt, chosen: answer, rejected: wrong };
}

function ask(families: readonly Family[], kind: DeedKind, split: Split, random: Random): Request {
  return sampleRequest(families[random.integer(families.length)]!, kind, split, random);
}
