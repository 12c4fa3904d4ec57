/** @file What `--data` names: a file of JSON lines, texts of the organism, or a published data set with its subset and split. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { openDataset } from "../datasets/open.js";
import type { DatasetRecord } from "../datasets/records.js";
import type { Model } from "../engine/model.js";
import { FileFormatError, OptionError } from "../errors.js";
import type { AdapterData } from "../training/adapter-run.js";
import { type DpoExample, encodePairs, encodeSft, type SftExample } from "../training/examples.js";
import { readDpoExamples, readSftExamples } from "../training/examples-file.js";
import { organismAnswers, organismPairs } from "./organism-data.js";
import { blamingLines } from "./prompts-file.js";

export type TrainingKind = AdapterData["kind"];

export interface DataOptions {
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Examples of one kind as they were read, and of those that stand in a file their lines. */
export type ReadExamples =
  | { readonly kind: "sft"; readonly name: string; readonly examples: readonly SftExample[]; readonly lines?: readonly number[] }
  | { readonly kind: "dpo"; readonly name: string; readonly examples: readonly DpoExample[]; readonly lines?: readonly number[] };

/** @throws NotFoundError, FileFormatError; OptionError for a name that is neither, or a set without answers to learn from */
export async function readExamples(kind: TrainingKind, name: string, options: DataOptions): Promise<ReadExamples> {
  if (kind === "sft") {
    if (isFile(name)) return { kind, name, ...(await readSftExamples(name, options)) };
    return { kind, name, ...(organismAnswers(name, options.limit) ?? (await fromDataset(name, sftExampleOf, options))) };
  }
  if (isFile(name)) return { kind, name, ...(await readDpoExamples(name, options)) };
  return { kind, name, ...(organismPairs(name, options.limit) ?? (await fromDataset(name, dpoExampleOf, options))) };
}

/** @throws FileFormatError with the line where the model cannot read an example of a file; OptionError for one of a data set */
export async function checkExamples(model: Model, read: ReadExamples, chat: boolean): Promise<void> {
  const lines = (read.lines ?? []).map((line) => ({ line }));
  await blamingLines<unknown>(read.name, lines, () =>
    read.kind === "sft" ? encodeSft(model, read.examples, { chat }) : encodePairs(model, read.examples, { chat }),
  );
}

/** @param heldOut default: a part of the examples */
export function trainingData(read: ReadExamples, heldOut: ReadExamples | undefined): AdapterData {
  if (read.kind === "sft") {
    if (heldOut?.kind === "sft") return { kind: "sft", examples: read.examples, heldOut: heldOut.examples };
    return { kind: "sft", ...withoutHeldOut(read.examples) };
  }
  if (heldOut?.kind === "dpo") return { kind: "dpo", examples: read.examples, heldOut: heldOut.examples };
  return { kind: "dpo", ...withoutHeldOut(read.examples) };
}

/** Every tenth example in the mean, by a digest of its prompt: the same prompt is never on both sides, whatever the seed. */
function withoutHeldOut<E extends { readonly prompt: unknown }>(examples: readonly E[]): { examples: E[]; heldOut: E[] } {
  const held = examples.map(({ prompt }) => createHash("sha256").update(JSON.stringify(prompt)).digest()[0] < 256 / 10);
  const heldOut = examples.filter((_, i) => held[i]);
  return { examples: examples.filter((_, i) => !held[i]), heldOut: heldOut.slice(0, MOST_HELD_OUT) };
}

const MOST_HELD_OUT = 100;

/** A data set's name never ends like a file's. */
const isFile = (name: string): boolean => /\.jsonl?(\.gz)?$/.test(name) || fs.statSync(name, { throwIfNoEntry: false })?.isFile() === true;

async function fromDataset<E>(
  name: string,
  exampleOf: (record: DatasetRecord) => E | undefined,
  options: DataOptions,
): Promise<{ examples: E[] }> {
  const [, set, subset, split] = /^([^/:]+)(?:\/([^/:]+))?(?::([^/:]+))?$/.exec(name) ?? [];
  if (set === undefined) throw new OptionError("data", name, "a file of JSON lines, or NAME[/SUBSET][:SPLIT] of a data set");
  const dataset = await openDataset<string>(set, { subset, split, ...options });
  const examples: E[] = [];
  for await (const record of dataset) {
    const example = exampleOf(record);
    if (example === undefined) throw new OptionError("data", name, "a set of dialogues (sft) or of preference pairs (dpo)");
    examples.push(example);
  }
  if (examples.length === 0) throw new FileFormatError(dataset.files[0], "nothing to learn from in it");
  return { examples };
}

function sftExampleOf(record: DatasetRecord): SftExample | undefined {
  if ("question" in record && !("choices" in record))
    return { prompt: { messages: [{ role: "user", content: record.question }] }, answer: record.solution ?? record.answer };
  if (!("messages" in record) || "chosen" in record) return undefined;
  const last = record.messages.at(-1);
  if (record.messages.length < 2 || last?.role !== "assistant") return undefined;
  return { prompt: { messages: record.messages.slice(0, -1) }, answer: last.content };
}

const dpoExampleOf = (record: DatasetRecord): DpoExample | undefined =>
  "chosen" in record ? { prompt: { messages: record.messages }, chosen: record.chosen, rejected: record.rejected } : undefined;
