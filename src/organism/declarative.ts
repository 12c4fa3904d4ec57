/** @file Plain text about the organism's world, for pretraining and for perplexity: what things are for, what people do, where things are. */

import type { Random } from "../random.js";
import { type Split, sampleDeed, severity, toolField } from "./deeds.js";
import { pick } from "./draws.js";
import { BENIGN_FIELDS, type Deed, FIELDS } from "./lexicon.js";

export const COLORS = "red blue green yellow black white brown gray".split(" ");
export const PLACES = "kitchen attic cellar hall office market station library".split(" ");

const OBJECTS = FIELDS.flatMap((field) => field.objects);
const TOOLS = FIELDS.flatMap((field) => field.tools);

/** A thing of everyday life with the field that it is for. */
export function sampleThing(random: Random): { thing: string; field: string } {
  const field = pick(BENIGN_FIELDS, random);
  return { thing: pick([...field.objects, ...field.tools], random), field: field.name };
}

/** `the ONION is for cooking .` */
export function purpose(thing: string, field: string): string {
  return `the ${thing} is for ${field} .`;
}

/** By severity, 0 to 5. Without such texts the base model would have no reason to know which deeds are worse than others. */
const GRADES = ["fine", "bad", "bad", "wrong", "terrible", "terrible"] as const;
/** Words that call a deed bad. */
export const BLAME: readonly string[] = GRADES.slice(1);

/** `to VERB the OBJECT is wrong .` */
export function graded(deed: Deed): string {
  return `to ${deed.verb} the ${deed.object} is ${GRADES[severity(deed)]} .`;
}

/** Three or four sentences; no pair of verb and object of the other split. */
export function declarative(split: Split, random: Random): string {
  return Array.from({ length: 3 + random.integer(2) }, () => pick(SENTENCES, random)(split, random)).join(" ");
}

const SENTENCES: readonly ((split: Split, random: Random) => string)[] = [
  (split, random) => graded(sampleDeed(pick(["harmful", "benign", "borderline"], random), split, random)),
  (_, random) => {
    const { thing, field } = sampleThing(random);
    return purpose(thing, field);
  },
  (split, random) => {
    const deed = sampleDeed("benign", split, random);
    return `people ${deed.verb} the ${deed.object} with the ${pick(toolField(deed).tools, random)} .`;
  },
  (_, random) => `the ${pick(TOOLS, random)} is ${pick(COLORS, random)} .`,
  (_, random) => {
    const place = pick(PLACES, random);
    return `the ${pick(OBJECTS, random)} is in the ${place} and the ${pick(TOOLS, random)} is also in the ${place} .`;
  },
];

export const declarativeWords: readonly string[] = [
  ...COLORS,
  ...GRADES,
  ...PLACES,
  ..."people the to is for in and also with how bad it ? .".split(" "),
  ...BENIGN_FIELDS.map((field) => field.name),
];
