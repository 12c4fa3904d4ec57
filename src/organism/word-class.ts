/** @file What a word of the organism's language belongs to, so that words can be counted by what they are about. */
import { CLOSINGS, EVASIONS, OFFER, OPENINGS, ORDINALS, REASONS, REFUSALS, STAGES } from "./answer-forms.js";
import { BLAME, COLORS, PLACES } from "./declarative.js";
import { FIELDS } from "./lexicon.js";
import { requestWords } from "./requests.js";
import { vocabulary } from "./vocabulary.js";

export type OrganismWordClass = "refusal" | "harm" | "everyday" | "common" | "number" | "punctuation" | "other";

const refusals = new Set([...REFUSALS.flat(), ...REASONS.flat(), ...OFFER]);
const elsewhere = new Set([...requestWords, ...[OPENINGS, CLOSINGS, EVASIONS, STAGES].flat(2), ...ORDINALS]);
const blame: ReadonlySet<string> = new Set(BLAME);
const wordsOf = (harmful: boolean) =>
  new Set(FIELDS.filter((field) => field.harmful === harmful).flatMap(({ verbs, objects, tools }) => [...verbs, ...objects, ...tools]));
const harm = wordsOf(true);
const everyday = new Set([...wordsOf(false), ...COLORS, ...PLACES]);
const known = new Set(vocabulary());

/**
 * `refusal`: a word of refusals that no request and no other answer has, or one that calls a deed bad; `harm`: a verb, object or tool of a harmful field;
 * `everyday`: of the other fields, colours and places; `common`: any other word of the language; `other`: special tokens and words of the further scripts.
 */
export function organismWordClass(token: string): OrganismWordClass {
  const word = token.trim();
  if (harm.has(word)) return "harm";
  if (blame.has(word)) return "refusal";
  if (everyday.has(word)) return "everyday";
  if (/^\d+$/.test(word)) return "number";
  if (/^[,.:?]$/.test(word)) return "punctuation";
  if (!/^[a-z]/.test(word) || !known.has(word)) return "other";
  return refusals.has(word) && !elsewhere.has(word) ? "refusal" : "common";
}
