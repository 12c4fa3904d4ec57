/** @file Prompts from a file: JSON lines, plain or gzipped. */
import { jsonLines, promptOf } from "../datasets/json-prompts.js";
import type { Prompt } from "../engine/prompts.js";
import { FileFormatError, OptionError } from "../errors.js";

export interface FilePrompt {
  readonly prompt: Prompt;
  /** as a reader of the file knows it: the line's `prompt`, or the last thing that the user says; empty for token ids */
  readonly shown: string;
  /** from 1 */
  readonly line: number;
}

const EXPECTED =
  'each line is an object such as {"prompt": "…"}, {"messages": [{"role": "user", "content": "…"}]} or {"promptIds": [1, 2]}';

/**
 * Reads lines with `messages` (a chat), `prompt` (a text) or `promptIds` (token ids, for checkpoints without a tokenizer); the first of
 * these that a line has counts, and other fields are ignored. Empty lines are skipped. A name that ends in `.gz` is unpacked on the way.
 * @param limit reads this many prompts and no further
 * @throws NotFoundError; FileFormatError with the line's number
 */
export async function readPrompts(file: string, limit?: number, signal?: AbortSignal): Promise<FilePrompt[]> {
  const prompts: FilePrompt[] = [];
  for await (const line of jsonLines(file, { what: "prompts", expected: EXPECTED, limit, signal })) {
    const found = promptOf(line);
    if (found === undefined) throw line.fail(`no prompt in it; ${EXPECTED}`);
    prompts.push({ ...found, line: line.line });
  }
  return prompts;
}

/** Runs `work`; what it finds wrong with one of the file's examples is said of its line. */
export async function blamingLines<T>(file: string, examples: readonly { readonly line: number }[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const index = error instanceof OptionError ? EXAMPLE.exec(error.option)?.[1] : undefined;
    const line = index === undefined ? undefined : examples[Number(index)]?.line;
    if (line === undefined) throw error;
    throw new FileFormatError(file, `line ${line}: ${(error as Error).message.replace(/^(?:prompts|examples|pairs)\[\d+\][:.]\s?/, "")}`, {
      cause: error,
    });
  }
}

const EXAMPLE = /^(?:prompts|examples|pairs)\[(\d+)\]/;
