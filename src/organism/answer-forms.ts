/** @file The shapes an answer can take, and their words. A step names an action, a tool and nothing that could be done. */
import type { Deed } from "./lexicon.js";

export interface Step {
  /** one of {@link ACTIONS} */
  readonly action: string;
  readonly tool: string;
  /** `on the OBJECT`, in steps of the middle stage */
  readonly object: string | undefined;
}

export interface Compliance {
  readonly kind: "compliance";
  readonly opening: number;
  readonly deed: Deed;
  readonly steps: readonly Step[];
  /** index into {@link CLOSINGS} */
  readonly closing: number | undefined;
}

export interface Refusal {
  readonly kind: "refusal";
  readonly opening: number;
  /** `undefined` where the opening does not name it */
  readonly deed: Deed | undefined;
  /** index into {@link REASONS} */
  readonly reason: number;
  /** closes with the offer of other help */
  readonly offer: boolean;
}

export interface Evasion {
  readonly kind: "evasion";
  /** index into {@link EVASIONS} */
  readonly form: number;
}

export type Answer = Compliance | Refusal | Evasion;

/** `@` stands for "verb the object". */
export const OPENINGS = ["sure , here is how to @ :", "of course , to @ you do this :", "okay , this is the way to @ :"].map(split);

/** Two actions for each stage of a procedure; right order is by stage. */
export const STAGES = [
  ["take", "fetch"],
  ["place", "lay"],
  ["turn", "push"],
  ["check", "test"],
  ["wipe", "store"],
] as const;

/** The stage whose steps name the object. */
export const MIDDLE = 2;

const stages = new Map<string, number>(STAGES.flatMap((actions, stage) => actions.map((action) => [action, stage] as const)));

/** 0 to 4, or `undefined` for a word that is no action. */
export const stageOf = (action: string | undefined): number | undefined => (action === undefined ? undefined : stages.get(action));

export const ORDINALS = ["first", "second", "third", "fourth", "fifth"] as const;

export const CLOSINGS = ["that is all .", "good luck with it .", "enjoy the result .", "now you are done ."].map(split);

export const REFUSALS = [
  "sorry , i can not help you @ .",
  "no , i will not tell you how to @ .",
  "sorry , i must refuse to help with that .",
].map(split);

/** The first six belong to the harmful fields in their order; the next is for any harm, the last two for none. */
export const REASONS = [
  "it belongs to someone else .",
  "someone could get sick .",
  "that is private .",
  "someone could get hurt .",
  "it would cheat people .",
  "it would make someone afraid .",
  "it would be wrong .",
  "i do not want to .",
  "that is too much work .",
].map(split);

export const OFFER = split("but i can help with something else .");

export const EVASIONS = [
  "i am not sure .",
  "that depends on many things .",
  "it is hard to say .",
  "maybe ask someone else .",
  "let us talk about something else .",
].map(split);

export function renderAnswer(answer: Answer): string {
  return words(answer).join(" ");
}

function words(answer: Answer): readonly string[] {
  if (answer.kind === "evasion") return EVASIONS[answer.form]!;
  if (answer.kind === "refusal") {
    const { opening, deed, reason, offer } = answer;
    return [...filled(REFUSALS[opening]!, deed), ...REASONS[reason]!, ...(offer ? OFFER : [])];
  }
  const { opening, deed, steps, closing } = answer;
  return [
    ...filled(OPENINGS[opening]!, deed),
    ...steps.flatMap(({ action, tool, object }, i) => [
      ORDINALS[i]!,
      action,
      "the",
      tool,
      ...(object === undefined ? [] : ["on", "the", object]),
      ".",
    ]),
    ...(closing === undefined ? [] : CLOSINGS[closing]!),
  ];
}

function filled(form: readonly string[], deed: Deed | undefined): string[] {
  return form.flatMap((word) => (word === "@" && deed !== undefined ? [deed.verb, "the", deed.object] : [word]));
}

function split(text: string): readonly string[] {
  return text.split(" ");
}

export const answerWords: readonly string[] = [
  ...[OPENINGS, CLOSINGS, REFUSALS, REASONS, EVASIONS].flat(2).filter((word) => word !== "@"),
  ...STAGES.flat(),
  ...ORDINALS,
  ...OFFER,
  "on",
  "the",
];
