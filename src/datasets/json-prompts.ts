/** @file Files of JSON lines that users make: prompts, and what goes with them. */
import type { Prompt } from "../engine/prompts.js";
import type { Message } from "../engine/tokenizer.js";
import { FileFormatError } from "../errors.js";
import { isJsonObject, type JsonObject, parseJsonObject, printable } from "../weights/json.js";
import { isBlank, linesOf } from "./bytes.js";

const MOST_LINE_BYTES = 2 ** 22;
const MOST_BYTES = 2 ** 30;

/** One line: its fields, its number from 1, and an error that names it. */
export interface JsonLine {
  readonly fields: JsonObject;
  readonly line: number;
  readonly fail: (reason: string) => FileFormatError;
}

export interface JsonLinesOptions {
  /** what the lines are, and what one looks like, for messages */
  readonly what: string;
  readonly expected: string;
  /** reads this many lines and no further */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/**
 * Lines that are not empty. A name that ends in `.gz` is unpacked on the way.
 * @throws NotFoundError; FileFormatError with the line's number, or where there is no line
 */
export async function* jsonLines(file: string, options: JsonLinesOptions): AsyncGenerator<JsonLine> {
  const { what, expected, limit = Number.POSITIVE_INFINITY, signal } = options;
  let [line, held, count] = [0, 0, 0];
  for await (const bytes of linesOf(file, { signal, longest: MOST_LINE_BYTES })) {
    line++;
    held += bytes.length;
    if (held > MOST_BYTES) throw new FileFormatError(file, `more than ${MOST_BYTES / 2 ** 30} GiB of text; split it or use --limit`);
    if (bytes.every(isBlank)) continue;
    const at = line;
    const fail = (reason: string) => new FileFormatError(file, `line ${at}: ${reason}`);
    yield { fields: parseLine(bytes, file, line, expected), line, fail };
    if (++count >= limit) break;
  }
  if (count === 0) throw new FileFormatError(file, `no ${what} in it; ${expected}`);
}

/**
 * The prompt of a line: `messages` (a chat), `prompt` (a text) or `promptIds` (token ids, for checkpoints without a tokenizer); the first
 * of these that a line has counts.
 * @returns with `shown`, the prompt as a reader of the file knows it: the text, or the last thing that the user says; empty for token ids
 */
export function promptOf({ fields, fail }: JsonLine): { prompt: Prompt; shown: string } | undefined {
  const { messages, prompt, promptIds } = fields;
  if (messages !== undefined) {
    const chat = messagesOf(messages);
    if (chat === undefined) throw fail('messages: expected a list of {"role": "…", "content": "…"}');
    const asked = chat.findLast(({ role }) => role === "user") ?? chat.at(-1)!;
    return { prompt: { messages: chat }, shown: asked.content };
  }
  if (prompt !== undefined) {
    if (typeof prompt !== "string") throw fail(`prompt: expected a string; got ${printable(JSON.stringify(prompt))}`);
    return { prompt, shown: prompt };
  }
  if (promptIds === undefined) return undefined;
  if (!isTokenIds(promptIds)) throw fail("promptIds: expected a list of token ids");
  return { prompt: promptIds, shown: "" };
}

export const isTokenIds = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31);

function messagesOf(value: unknown): Message[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isMessage)) return undefined;
  return value.map(({ role, content }) => ({ role, content }));
}

const isMessage = (value: unknown): value is Message =>
  isJsonObject(value) && typeof value.role === "string" && typeof value.content === "string";

function parseLine(bytes: Uint8Array, file: string, line: number, expected: string): JsonObject {
  try {
    return parseJsonObject(bytes, file, "the line");
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(file, `line ${line}: ${error.reason}; ${expected}`, { cause: error });
  }
}
