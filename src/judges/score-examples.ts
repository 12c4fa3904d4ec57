/** @file What a score head learns from, and which part of it is held out. */
import type { Model } from "../engine/model.js";
import type { Prompt } from "../engine/prompts.js";
import type { Text } from "../engine/text.js";
import { OptionError } from "../errors.js";
import { seeded } from "../random.js";
import type { Answer, DpoExample } from "../training/examples.js";
import type { ScoreTarget } from "../training/score-objective.js";
import { answerTexts, type FormOptions } from "./answer-texts.js";

/** An answer with what it is worth: true or false (the score becomes the log-odds of true), or any number. */
export interface LabelledAnswer {
  readonly prompt: Prompt;
  readonly answer: Answer;
  readonly label: boolean | number;
}

/** Labels, all of one kind, or pairs with the better answer first. */
export type ScoreExamples = readonly LabelledAnswer[] | readonly DpoExample[];

/** Examples as indices into their texts. */
export interface EncodedExamples {
  readonly target: ScoreTarget;
  readonly texts: readonly Text[];
  readonly examples: readonly { readonly rows: readonly number[]; readonly target: number }[];
  /** what each example belongs to: its prompt, unless the caller says otherwise */
  readonly groups: readonly (string | number)[];
}

export type GroupOf = (example: LabelledAnswer | DpoExample, index: number) => string | number;

const isPair = (example: LabelledAnswer | DpoExample): example is DpoExample => "chosen" in example;

/** @throws OptionError for none, for labels of several kinds, or for numbers that are not finite */
export async function encodeScoreExamples(
  model: Model,
  examples: ScoreExamples,
  form: FormOptions,
  groupOf: GroupOf = ({ prompt }) => (typeof prompt === "string" ? prompt : JSON.stringify(prompt)),
): Promise<EncodedExamples> {
  const target = targetOf(examples);
  const all = examples as readonly (LabelledAnswer | DpoExample)[];
  const answersOf = (example: LabelledAnswer | DpoExample) => (isPair(example) ? [example.chosen, example.rejected] : [example.answer]);
  const texts = await answerTexts(
    model,
    all.flatMap((example) => answersOf(example).map(() => example.prompt)),
    all.flatMap(answersOf),
    form,
  );
  let row = 0;
  const encoded = all.map((example) => ({
    rows: answersOf(example).map(() => row++),
    target: isPair(example) ? 0 : Number(example.label),
  }));
  return { target, texts, examples: encoded, groups: all.map(groupOf) };
}

function targetOf(examples: ScoreExamples): ScoreTarget {
  const kinds = new Set<ScoreTarget>();
  for (const [i, example] of examples.entries()) {
    if (isPair(example)) kinds.add("pairs");
    else if (typeof example.label === "boolean") kinds.add("binary");
    else if (Number.isFinite(example.label)) kinds.add("real");
    else throw new OptionError(`examples[${i}].label`, example.label, "true, false or a finite number");
  }
  const [target, another] = kinds;
  if (target === undefined) throw new OptionError("examples", "none", "at least one");
  if (another !== undefined) throw new OptionError("examples", [...kinds], "labels of one kind: true and false, numbers, or pairs");
  return target;
}

/** Indices of examples by the part they belong to; examples of one group stay together. */
export interface Parts {
  readonly fitted: readonly number[];
  readonly heldOut: readonly number[];
}

/** @throws OptionError for a share outside (0, 1), or where one part would be empty */
export function heldOutParts({ groups, examples, target }: EncodedExamples, share: number, seed: number): Parts {
  if (!(share > 0 && share < 1)) throw new OptionError("heldOut", share, "a share in (0, 1)");
  const members = new Map<string | number, number[]>();
  groups.forEach((group, i) => {
    const known = members.get(group);
    if (known) known.push(i);
    else members.set(group, [i]);
  });
  const heldOut: number[] = [];
  const fitted: number[] = [];
  for (const part of seeded(seed).shuffle([...members.values()]))
    (heldOut.length < share * examples.length ? heldOut : fitted).push(...part);
  for (const [name, part] of Object.entries({ fitted, heldOut })) {
    const targets = new Set(part.map((i) => examples[i].target));
    if (part.length === 0)
      throw new OptionError("examples", `${members.size} prompts`, "prompts enough to hold some out; give more, or `group`");
    if (target === "binary" && targets.size < 2)
      throw new OptionError(
        "examples",
        `one label in the ${name} part`,
        "true and false in both parts; give more prompts or another `seed`",
      );
  }
  const ascending = (a: number, b: number) => a - b;
  return { fitted: fitted.sort(ascending), heldOut: heldOut.sort(ascending) };
}
