/** @file Prompts from a file: JSON lines, plain or gzipped. */
import { isBlank, linesOf } from "../datasets/bytes.js";
import type { Prompt } from "../engine/prompts.js";
import type { Message } from "../engine/tokenizer.js";
import { FileFormatError, OptionError } from "../errors.js";
import { isJsonObject, type JsonObject, parseJsonObject, printable } from "../weights/json.js";

const MOST_LINE_BYTES = 2 ** 22;
const MOST_BYTES = 2 ** 30;

export interface FilePrompt {
  readonly prompt: Prompt;
  /** as a reader of the file knows it: the line's `prompt`, or the last thing that the user says; empty for token ids */
  readonly shown: string;
  /** from 1 */
  readonly line: number;
}

/**
 * Reads lines with `messages` (a chat), `prompt` (a text) or `promptIds` (token ids, for checkpoints without a tokenizer); the first of
 * these that a line has counts, and other fields are ignored. Empty lines are skipped. A name that ends in `.gz` is unpacked on the way.
 * @param limit reads this many prompts and no further
 * @throws NotFoundError; FileFormatError with the line's number
 */
export async function readPrompts(file: string, limit = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<FilePrompt[]> {
  const prompts: FilePrompt[] = [];
  let line = 0;
  let held = 0;
  for await (const bytes of linesOf(file, { signal, longest: MOST_LINE_BYTES })) {
    line++;
    held += bytes.length;
    if (held > MOST_BYTES) throw new FileFormatError(file, `more than ${MOST_BYTES / 2 ** 30} GiB of text; split it or use --limit`);
    if (bytes.every(isBlank)) continue;
    prompts.push(readLine(bytes, file, line));
    if (prompts.length >= limit) break;
  }
  if (prompts.length === 0) throw new FileFormatError(file, `no prompts in it; ${EXPECTED}`);
  return prompts;
}

/** Runs `work`; what it finds wrong with one of the prompts is said of the file's line. */
export async function blamingLines<T>(file: string, prompts: readonly FilePrompt[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const index = error instanceof OptionError ? /^prompts\[(\d+)\]$/.exec(error.option)?.[1] : undefined;
    const line = index === undefined ? undefined : prompts[Number(index)]?.line;
    if (line === undefined) throw error;
    throw new FileFormatError(file, `line ${line}: ${(error as Error).message.replace(/^prompts\[\d+\]: /, "")}`, { cause: error });
  }
}

const EXPECTED =
  'each line is an object such as {"prompt": "…"}, {"messages": [{"role": "user", "content": "…"}]} or {"promptIds": [1, 2]}';

function readLine(bytes: Uint8Array, file: string, line: number): FilePrompt {
  const fields = parseLine(bytes, file, line);
  const fail = (reason: string) => new FileFormatError(file, `line ${line}: ${reason}`);
  const { messages, prompt, promptIds } = fields;
  if (messages !== undefined) {
    if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
      throw fail('messages: expected a list of {"role": "…", "content": "…"}');
    const asked = messages.findLast(({ role }) => role === "user") ?? messages.at(-1)!;
    return { prompt: { messages: messages.map(({ role, content }) => ({ role, content })) }, shown: asked.content, line };
  }
  if (prompt !== undefined) {
    if (typeof prompt !== "string") throw fail(`prompt: expected a string; got ${printable(JSON.stringify(prompt))}`);
    return { prompt, shown: prompt, line };
  }
  if (promptIds !== undefined) {
    if (!Array.isArray(promptIds) || !promptIds.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31))
      throw fail("promptIds: expected a list of token ids");
    return { prompt: promptIds as number[], shown: "", line };
  }
  throw fail(`no prompt in it; ${EXPECTED}`);
}

function parseLine(bytes: Uint8Array, file: string, line: number): JsonObject {
  try {
    return parseJsonObject(bytes, file, "the line");
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(file, `line ${line}: ${error.reason}; ${EXPECTED}`, { cause: error });
  }
}

const isMessage = (value: unknown): value is Message =>
  isJsonObject(value) && typeof value.role === "string" && typeof value.content === "string";
