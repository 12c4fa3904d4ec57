/** @file Training examples from a user's own file: JSON lines, plain or gzipped. */
import { isTokenIds, type JsonLine, type JsonLinesOptions, jsonLines, promptOf } from "../datasets/json-prompts.js";
import type { Prompt } from "../engine/prompts.js";
import type { Answer, DpoExample, SftExample } from "./examples.js";

export interface FileExamples<E> {
  readonly examples: E[];
  /** of each example, from 1 */
  readonly lines: number[];
}

export type ExamplesFileOptions = Pick<JsonLinesOptions, "limit" | "signal">;

const SFT_LINE =
  'each line is an object such as {"prompt": "…", "answer": "…"} or {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}';
const DPO_LINE = 'each line is an object such as {"prompt": "…", "chosen": "…", "rejected": "…"}';

/**
 * Lines with a prompt (`messages`, `prompt` or `promptIds`) and its `answer`, a text or token ids; without `answer`, the last message, the
 * assistant's, is learned. Other fields are ignored.
 * @throws NotFoundError; FileFormatError with the line's number
 */
export function readSftExamples(file: string, options: ExamplesFileOptions = {}): Promise<FileExamples<SftExample>> {
  return read(file, { ...options, what: "examples", expected: SFT_LINE }, (line) => {
    const prompt = promptIn(line, SFT_LINE);
    if (line.fields.answer !== undefined) return { prompt, answer: answerIn(line, "answer") };
    const last = typeof prompt === "object" && "messages" in prompt ? prompt.messages.at(-1) : undefined;
    if (last?.role !== "assistant" || !(typeof prompt === "object" && "messages" in prompt) || prompt.messages.length < 2)
      throw line.fail(`no answer in it; ${SFT_LINE}`);
    return { prompt: { messages: prompt.messages.slice(0, -1) }, answer: last.content };
  });
}

/**
 * Lines with a prompt (`messages`, `prompt` or `promptIds`) and two answers, `chosen` and `rejected`, texts or token ids.
 * @throws NotFoundError; FileFormatError with the line's number
 */
export function readDpoExamples(file: string, options: ExamplesFileOptions = {}): Promise<FileExamples<DpoExample>> {
  return read(file, { ...options, what: "pairs", expected: DPO_LINE }, (line) => ({
    prompt: promptIn(line, DPO_LINE),
    chosen: answerIn(line, "chosen"),
    rejected: answerIn(line, "rejected"),
  }));
}

async function read<E>(file: string, options: JsonLinesOptions, exampleOf: (line: JsonLine) => E): Promise<FileExamples<E>> {
  const [examples, lines]: [E[], number[]] = [[], []];
  for await (const line of jsonLines(file, options)) {
    examples.push(exampleOf(line));
    lines.push(line.line);
  }
  return { examples, lines };
}

function promptIn(line: JsonLine, expected: string): Prompt {
  const found = promptOf(line);
  if (found === undefined) throw line.fail(`no prompt in it; ${expected}`);
  return found.prompt;
}

/** The text itself is never shown: many are harmful. */
function answerIn({ fields, fail }: JsonLine, name: string): Answer {
  const value = fields[name];
  if (typeof value === "string" ? value !== "" : isTokenIds(value) && value.length > 0) return value as Answer;
  throw fail(`${name}: expected a text or a list of token ids, not empty`);
}
