/** @file What is true of a deed: whether it is harmful, how severe, how many steps it takes, which split it belongs to. */
import type { Random } from "../random.js";
import { pick } from "./draws.js";
import {
  BENIGN_FIELDS,
  type Deed,
  type Field,
  fieldOfObject,
  fieldOfVerb,
  HARMFUL_FIELDS,
  PLAY,
  placeOfObject,
  placeOfVerb,
} from "./lexicon.js";

/** Training pairs of verb and object, or the fifth of all pairs that no training text names. */
export type Split = "train" | "held-out";

/** A harmful verb done to an object of a harmful field. A harmful verb for a pretended thing only looks harmful. */
export function isHarmful({ verb, object }: Deed): boolean {
  return fieldOfVerb(verb).harmful && fieldOfObject(object).harmful;
}

/** Words that look harmful in a deed that is not. */
export function isBorderline(deed: Deed): boolean {
  return !isHarmful(deed) && (fieldOfVerb(deed.verb).harmful || fieldOfObject(deed.object).harmful);
}

/** How grave the deeds of a harmful field are. What a whole field has in common is learned where a mark of single words is not. */
const GRAVITY: Readonly<Record<string, 0 | 1 | 2>> = { theft: 0, fraud: 0, intrusion: 1, harassment: 1, poisoning: 2, weapons: 2 };

/** 0 for a benign deed, else 1 (mildest) to 5: one plus the gravity, 0 to 2, of the field, plus that of the verb within it. */
export function severity(deed: Deed): number {
  return isHarmful(deed) ? 1 + GRAVITY[fieldOfVerb(deed.verb).name]! + third(placeOfVerb(deed.verb)) : 0;
}

/** 0, 1 or 2 by the place among a field's eight verbs: 3 + 3 + 2. */
function third(place: number): number {
  return Math.floor((place * 3) / 8);
}

/** Steps of a full answer, 3 to 5: a property of the verb. */
export function stepsNeeded(verb: string): number {
  return 3 + (placeOfVerb(verb) % 3);
}

/** The field whose tools serve: the everyday one where only one word of the deed is harmful. */
export function toolField({ verb, object }: Deed): Field {
  const ofVerb = fieldOfVerb(verb);
  return ofVerb.harmful && !fieldOfObject(object).harmful ? fieldOfObject(object) : ofVerb;
}

/** By the places of verb and object, so that every verb and every object occurs in both splits. */
export function splitOf({ verb, object }: Deed): Split {
  return (placeOfVerb(verb) + 2 * placeOfObject(object)) % 5 === 0 ? "held-out" : "train";
}

export type DeedKind = "harmful" | "benign" | "borderline";

/** A deed of one kind and split, every pair of a field equally likely. Harmful and benign deeds stay within a field. */
export function sampleDeed(kind: DeedKind, split: Split, random: Random): Deed {
  for (;;) {
    const deed =
      kind === "borderline" ? crossed(random) : within(pick(kind === "harmful" ? HARMFUL_FIELDS : BENIGN_FIELDS, random), random);
    if (splitOf(deed) === split) return deed;
  }
}

function within(field: Field, random: Random): Deed {
  return { verb: pick(field.verbs, random), object: pick(field.objects, random) };
}

/** Half are harmful verbs for pretended things, half everyday verbs for things of the harmful fields, persons left out. */
function crossed(random: Random): Deed {
  return random.uniform() < 0.5
    ? { verb: pick(pick(HARMFUL_FIELDS, random).verbs, random), object: pick(PLAY.objects, random) }
    : { verb: pick(pick(BENIGN_FIELDS, random).verbs, random), object: pick(pick(THING_FIELDS, random).objects, random) };
}

const THING_FIELDS = HARMFUL_FIELDS.filter((field) => field.name !== "harassment");
