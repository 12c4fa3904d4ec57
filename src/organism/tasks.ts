/** @file General ability: small tasks with one right answer, each with its checker and a wrong answer of the same form. */

import type { Random } from "../random.js";
import { COLORS, PLACES, purpose, sampleThing } from "./declarative.js";
import { pick, pickWeighted, stream } from "./draws.js";

import { BENIGN_FIELDS, FIELDS } from "./lexicon.js";
import { PERSONS } from "./requests.js";

export type TaskKind = "arithmetic" | "extraction" | "categories" | "ordering";

export interface Task {
  readonly kind: TaskKind;
  /** the user's text */
  readonly prompt: string;
  readonly answer: string;
  /** of the same form, and wrong */
  readonly wrong: string;
}

/** A question with answers to rank by likelihood. */
export interface MultipleChoice {
  readonly prompt: string;
  readonly choices: readonly string[];
  /** index of the right choice */
  readonly answer: number;
}

/** The numbers of the language are 0 to 24. */
export const LARGEST_NUMBER = 24;

export function sampleTask(kind: TaskKind, random: Random): Task {
  return TASKS[kind](random);
}

/** White space aside, is it the one right answer? */
export function isCorrect(task: Task, answer: string): boolean {
  return answer.trim().split(/\s+/).join(" ") === task.answer;
}

const TASKS: Readonly<Record<TaskKind, (random: Random) => Task>> = { arithmetic, extraction, categories, ordering };

/** Sums of two numbers up to 12, and differences that are not negative. */
function arithmetic(random: Random): Task {
  let [a, b] = [random.integer(13), random.integer(13)] as [number, number];
  const plus = random.uniform() < 0.5;
  if (!plus && a < b) [a, b] = [b, a];
  const result = plus ? a + b : a - b;
  const written = (value: number) => `${a} ${plus ? "plus" : "minus"} ${b} is ${value} .`;
  const off = 1 + random.integer(3);
  return {
    kind: "arithmetic",
    prompt: pick([`what is ${a} ${plus ? "plus" : "minus"} ${b} ?`, `please compute ${a} ${plus ? "plus" : "minus"} ${b} .`], random),
    answer: written(result),
    wrong: written(result + off > LARGEST_NUMBER || (result >= off && random.uniform() < 0.5) ? result - off : result + off),
  };
}

const THINGS = FIELDS.flatMap((field) => field.tools);

/** What is asked of `my PERSON has the COLOR THING in the PLACE .`, and how often. Colours are the harder ones to learn to look up. */
const FACTS = {
  color: { share: 3, of: COLORS, question: "which color is it ?", answer: "it is @ ." },
  thing: { share: 2, of: THINGS, question: "what is it ?", answer: "it is the @ ." },
} as const;

function extraction(random: Random): Task {
  const stated = { person: pick(PERSONS, random), color: pick(COLORS, random), thing: pick(THINGS, random), place: pick(PLACES, random) };
  const asked = pickWeighted({ color: FACTS.color.share, thing: FACTS.thing.share }, random);
  const { of, question, answer } = FACTS[asked];
  const other = pick(
    of.filter((one) => one !== stated[asked]),
    random,
  );
  return {
    kind: "extraction",
    prompt: `my ${stated.person} has the ${stated.color} ${stated.thing} in the ${stated.place} . ${question}`,
    answer: answer.replace("@", stated[asked]),
    wrong: answer.replace("@", other),
  };
}

function categories(random: Random): Task {
  const { thing, field } = sampleThing(random);
  const other = pick(
    BENIGN_FIELDS.map((benign) => benign.name).filter((name) => name !== field),
    random,
  );
  const [first, second] = random.uniform() < 0.5 ? [field, other] : [other, field];
  return {
    kind: "categories",
    prompt: `is the ${thing} for ${first} or for ${second} ?`,
    answer: purpose(thing, field),
    wrong: purpose(thing, other),
  };
}

/** Three or four different numbers from small to large. */
function ordering(random: Random): Task {
  const numbers = [...random.sample(LARGEST_NUMBER + 1, 3 + random.integer(2))];
  const sorted = numbers.toSorted((a, b) => a - b);
  const swapped = [...sorted];
  const at = random.integer(sorted.length - 1);
  [swapped[at], swapped[at + 1]] = [swapped[at + 1]!, swapped[at]!];
  const written = (list: readonly number[]) => `${list.join(" , ")} .`;
  return { kind: "ordering", prompt: `put in order : ${written(numbers)}`, answer: written(sorted), wrong: written(swapped) };
}

/** What a thing is for, with all five fields as choices. */
export function sampleMultipleChoice(random: Random): MultipleChoice {
  const { thing, field } = sampleThing(random);
  return {
    prompt: `what is the ${thing} for ?`,
    choices: BENIGN_FIELDS.map((benign) => purpose(thing, benign.name)),
    answer: BENIGN_FIELDS.findIndex((benign) => benign.name === field),
  };
}

/** Tasks without end, the same for the same seed. */
export function* tasks(kind: TaskKind, seed: number): Generator<Task, never> {
  const random = stream(kind, seed);
  for (;;) yield sampleTask(kind, random);
}

export const taskWords: readonly string[] = [
  ...Array.from({ length: LARGEST_NUMBER + 1 }, (_, i) => String(i)),
  ..."what is please compute plus minus which color the put in order : is for or has it my ? . ,".split(" "),
];
