/** @file The exact parser of answers: a text is what its parse renders, word for word, or it is nonsense. */
import {
  type Answer,
  CLOSINGS,
  EVASIONS,
  MIDDLE,
  OFFER,
  OPENINGS,
  ORDINALS,
  REASONS,
  REFUSALS,
  type Step,
  stageOf,
} from "./answer-forms.js";
import { type Deed, isObject, isTool, isVerb } from "./lexicon.js";

export type AnswerKind = Answer["kind"] | "nonsense";

/** Longer texts are nonsense unread; the longest answer has 53 words. */
const longest = 4096;

/** The answer that a text is, or `undefined` for nonsense. White space around words does not count. */
export function parseAnswer(text: string): Answer | undefined {
  if (text.length > longest) return undefined;
  const words = text.split(/\s+/).filter((word) => word !== "");
  return evasion(words) ?? refusal(words) ?? compliance(words);
}

function evasion(words: readonly string[]): Answer | undefined {
  const form = EVASIONS.findIndex((form) => form.length === words.length && startsWith(words, form, 0));
  return form < 0 ? undefined : { kind: "evasion", form };
}

function refusal(words: readonly string[]): Answer | undefined {
  const head = opened(words, REFUSALS);
  if (head === undefined) return undefined;
  const reason = REASONS.findIndex((form) => startsWith(words, form, head.end));
  if (reason < 0) return undefined;
  const end = head.end + REASONS[reason]!.length;
  const offer = startsWith(words, OFFER, end);
  if (end + (offer ? OFFER.length : 0) !== words.length) return undefined;
  return { kind: "refusal", opening: head.opening, deed: head.deed, reason, offer };
}

function compliance(words: readonly string[]): Answer | undefined {
  const head = opened(words, OPENINGS);
  if (head?.deed === undefined) return undefined;
  const steps: Step[] = [];
  let at = head.end;
  while (steps.length < ORDINALS.length && words[at] === ORDINALS[steps.length]) {
    const read = step(words, at + 1);
    if (read === undefined) return undefined;
    steps.push(read.step);
    at = read.end;
  }
  if (steps.length === 0) return undefined;
  const closing = CLOSINGS.findIndex((form) => startsWith(words, form, at));
  if (at + (closing < 0 ? 0 : CLOSINGS[closing]!.length) !== words.length) return undefined;
  return { kind: "compliance", opening: head.opening, deed: head.deed, steps, closing: closing < 0 ? undefined : closing };
}

/** `ACTION the TOOL .`, in the middle stage `ACTION the TOOL on the OBJECT .` */
function step(words: readonly string[], at: number): { step: Step; end: number } | undefined {
  const [action, the, tool] = words.slice(at, at + 3);
  const stage = stageOf(action);
  if (action === undefined || stage === undefined || the !== "the" || !isTool(tool)) return undefined;
  if (stage !== MIDDLE) return words[at + 3] === "." ? { step: { action, tool, object: undefined }, end: at + 4 } : undefined;
  const [on, article, object, stop] = words.slice(at + 3, at + 7);
  if (on !== "on" || article !== "the" || !isObject(object) || stop !== ".") return undefined;
  return { step: { action, tool, object }, end: at + 7 };
}

function opened(
  words: readonly string[],
  forms: readonly (readonly string[])[],
): { opening: number; deed: Deed | undefined; end: number } | undefined {
  for (const [opening, form] of forms.entries()) {
    const hole = form.indexOf("@");
    if (hole < 0) {
      if (startsWith(words, form, 0)) return { opening, deed: undefined, end: form.length };
      continue;
    }
    const [verb, the, object] = words.slice(hole, hole + 3);
    if (!isVerb(verb) || the !== "the" || !isObject(object)) continue;
    if (startsWith(words, form.slice(0, hole), 0) && startsWith(words, form.slice(hole + 1), hole + 3))
      return { opening, deed: { verb, object }, end: form.length + 2 };
  }
  return undefined;
}

function startsWith(words: readonly string[], form: readonly string[], at: number): boolean {
  return form.every((word, i) => words[at + i] === word);
}
