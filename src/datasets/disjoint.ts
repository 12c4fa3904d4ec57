/** @file Keeping what a judge learns from apart from what it is used on. */
import { OptionError } from "../errors.js";
import type { DatasetRecord } from "./records.js";

/** Most evaluation questions that are remembered. */
const MOST_QUESTIONS = 2 ** 22;

/**
 * The records of `training` whose questions do not occur in `evaluation`, in order. A question is a record's prompt, question or text,
 * or any message of its user. Two questions are the same when they agree in letters and digits: Unicode form (NFKC), case, punctuation
 * and white space do not count. Paraphrases are not found.
 *
 * @param evaluation records or texts; read whole before the first record is handed out
 */
export async function* disjoint<R extends DatasetRecord>(
  training: Iterable<R> | AsyncIterable<R>,
  ...evaluation: readonly (Iterable<DatasetRecord | string> | AsyncIterable<DatasetRecord | string>)[]
): AsyncGenerator<R> {
  const known = new Set<string>();
  for (const records of evaluation) {
    for await (const record of records) {
      for (const question of questionsOf(record)) known.add(normalised(question));
      if (known.size > MOST_QUESTIONS) throw new OptionError("evaluation", known.size, `at most ${MOST_QUESTIONS} different questions`);
    }
  }
  known.delete("");
  for await (const record of training) {
    if (!questionsOf(record).some((question) => known.has(normalised(question)))) yield record;
  }
}

function questionsOf(record: DatasetRecord | string): string[] {
  if (typeof record === "string") return [record];
  if ("prompt" in record) return [record.prompt];
  if ("question" in record) return [record.question];
  if ("text" in record) return [record.text];
  return record.messages.filter(({ role }) => role === "user").map(({ content }) => content);
}

const normalised = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
