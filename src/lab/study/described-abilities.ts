/** @file Tests of general ability on published data sets, as a described laboratory names them. */
import type { AnswerRecord, ChoiceRecord, DatasetRecord, TextRecord } from "../../datasets/records.js";
import type { Intervention } from "../../engine/interventions.js";
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { OptionError } from "../../errors.js";
import { exactMatch, extract } from "../../judges/exact-match.js";
import { guessChance } from "../../judges/guessing.js";
import { answeredChoices, letteredChoices, multipleChoice } from "../../judges/multiple-choice.js";
import { perplexity, wikitextDocument } from "../../judges/perplexity.js";
import { seeded } from "../../random.js";
import { openNamed } from "./described-prompts.js";
import type { AbilityTest, LabDescription } from "./description.js";
import type { AbilityItems } from "./subject.js";

export type AbilityRun = RunOptions & { readonly interventions: readonly Intervention[]; readonly items: number };

/** Tokens of the windows that running text is read in, without overlap: an item each. */
const WINDOW = 256;
/** Characters of running text a window, more than enough. */
const WINDOW_CHARACTERS = 8 * WINDOW;
/** Most tokens of a worked answer. */
const ANSWER_TOKENS = 160;

export async function describedAbility(
  { dataset, test }: LabDescription["abilities"][string],
  model: Model,
  { items, ...run }: AbilityRun,
): Promise<AbilityItems> {
  if (test === "perplexity") return runningText(await all<TextRecord>(dataset, "text"), model, items, run);
  if (test === "letters" || test === "answers") {
    const asked = draw(await all<ChoiceRecord>(dataset, "choices"), items);
    const form = test === "letters" ? letteredChoices : (record: ChoiceRecord) => answeredChoices(record);
    const found = await multipleChoice(model, asked.map(form), run);
    return { values: found.items.map(({ chosen }, i) => (chosen === asked[i]!.answer ? 1 : 0)), chance: found.chance };
  }
  return written(draw(await all<AnswerRecord>(dataset, "answer"), items), test, model, run);
}

async function runningText(
  lines: readonly TextRecord[],
  model: Model,
  windows: number,
  run: Omit<AbilityRun, "items">,
): Promise<AbilityItems> {
  const text = wikitextDocument(lines).slice(0, windows * WINDOW_CHARACTERS);
  const ids = (await model.tokenizer()).encode(text).slice(0, windows * WINDOW);
  const { items } = await perplexity(model, [ids], { ...run, window: WINDOW, stride: WINDOW });
  return { values: items.map(({ nll, tokens }) => nll / tokens), weights: items.map(({ tokens }) => tokens), chance: null };
}

async function written(
  records: readonly AnswerRecord[],
  test: Extract<AbilityTest, "number" | "bbh">,
  model: Model,
  run: Omit<AbilityRun, "items">,
): Promise<AbilityItems> {
  const items = records.map(({ question: content, answer }) => ({ prompt: { messages: [{ role: "user" as const, content }] }, answer }));
  const read = test === "number" ? extract.lastNumber : extract.bbh;
  const found = await exactMatch(model, items, { ...run, extract: read, newTokens: ANSWER_TOKENS });
  const guesses = test === "bbh" ? records.map(({ question, answer }) => guessChance(question, answer)) : undefined;
  const chance = guesses === undefined ? null : guesses.reduce((sum, one) => sum + one, 0) / guesses.length;
  return { values: found.items.map(({ right }) => (right ? 1 : 0)), chance };
}

async function all<R extends DatasetRecord>(dataset: string, field: keyof R & string): Promise<R[]> {
  const records: R[] = [];
  for await (const record of await openNamed(dataset)) {
    if (!(field in record)) throw new OptionError("dataset", dataset, `a set whose records have ${field}`);
    records.push(record as R);
  }
  return records;
}

const draw = <R>(records: readonly R[], count: number): R[] =>
  seeded(0)
    .shuffle([...records])
    .slice(0, count);
