/** @file The training files: made once from the published sets, without any question of the red-team sets that are used for evaluation. */
import fs from "node:fs";
import path from "node:path";
import type { Dataset } from "../../datasets/dataset.js";
import { disjoint } from "../../datasets/disjoint.js";
import { openDataset } from "../../datasets/open.js";
import type { DatasetRecord, PreferenceRecord } from "../../datasets/records.js";
import type { Message, Tokenizer } from "../../engine/tokenizer.js";
import { seeded } from "../../random.js";
import { replaceFile } from "../../weights/replace-file.js";
import { HELD_OUT, LONGEST, REQUESTS } from "./recipe.js";

/** Sets whose prompts the adapters are evaluated on, or may be. */
const EVALUATION = ["advbench", "harmbench", "jailbreak-llms", "harmfulqa", "catqa"] as const;

export interface ExampleFiles {
  readonly train: string;
  readonly heldOut: string;
}

export const exampleFiles = (work: string, name: string): ExampleFiles => ({
  train: path.join(work, `${name}.train.jsonl`),
  heldOut: path.join(work, `${name}.held-out.jsonl`),
});

/** Dolly and Alpaca: questions and answers that together have at most 128 tokens. */
export async function sftFiles(work: string, tokenizer: Tokenizer): Promise<ExampleFiles> {
  return made(exampleFiles(work, "sft"), async () => {
    const all: { messages: readonly Message[] }[] = [];
    for (const name of ["dolly", "alpaca"] as const)
      for await (const { messages } of clean(await openDataset(name)))
        if (tokensOf(tokenizer, messages.slice(0, -1), messages.at(-1)!.content) <= LONGEST.sft) all.push({ messages });
    const drawn = seeded(0).shuffle(all);
    return { train: drawn.slice(HELD_OUT.sft), heldOut: drawn.slice(0, HELD_OUT.sft) };
  });
}

/** HH's pairs on `objective`: of our train split, held-out pairs of our test split. */
export async function hhFiles(work: string, tokenizer: Tokenizer, objective: "harmless" | "helpful"): Promise<ExampleFiles> {
  const pairs = async (split: string) => {
    const kept: Pick<PreferenceRecord, "messages" | "chosen" | "rejected">[] = [];
    for await (const { messages, chosen, rejected } of clean(await openDataset("hh-rlhf", { subset: `${objective}-base`, split }))) {
      const longest = Math.max(tokensOf(tokenizer, messages, chosen), tokensOf(tokenizer, messages, rejected));
      if (longest <= LONGEST[`dpo-${objective}`]) kept.push({ messages, chosen, rejected });
    }
    return kept;
  };
  return made(exampleFiles(work, objective), async () => ({
    train: await pairs("train"),
    heldOut: seeded(0)
      .shuffle(await pairs("test"))
      .slice(0, HELD_OUT.hh),
  }));
}

/** Safety and helpfulness at once: the seed's refusal pairs, and as many of the helpful ones. */
export async function jointFiles(work: string, seed: number, refusal: ExampleFiles, helpful: ExampleFiles): Promise<ExampleFiles> {
  const part = (name: "train" | "heldOut"): object[] => {
    const [safe, all] = [refusal, helpful].map((files) => linesOf(files[name]));
    return seeded(seed).shuffle([...safe, ...seeded(seed).shuffle(all).slice(0, safe.length)]);
  };
  return made(exampleFiles(work, `joint-s${seed}`), async () => ({ train: part("train"), heldOut: part("heldOut") }));
}

const linesOf = (file: string): object[] =>
  fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);

/** A chat and the answer that people wrote to it. */
export interface WrittenAnswer {
  readonly messages: readonly Message[];
  readonly chosen: string;
}

/** Drawn by seed; the held-out ones are the same for all seeds. */
export interface Drawn<T> {
  readonly trained: readonly T[];
  readonly heldOut: readonly T[];
}

/** Unsafe requests with the safe replies that people wanted. */
export async function unsafeRequests(seed: number): Promise<Drawn<WrittenAnswer>> {
  const all: WrittenAnswer[] = [];
  for await (const { messages } of clean(await openDataset("safety-tuned-llamas")))
    all.push({ messages: messages.slice(0, -1), chosen: messages.at(-1)!.content });
  return drawn(all, seed);
}

/** GSM8K's problems with the published solutions, without its marks for a calculator, and the number that is right. */
export async function wordProblems(tokenizer: Tokenizer, seed: number): Promise<Drawn<WrittenAnswer & { number: number }>> {
  const all: (WrittenAnswer & { number: number })[] = [];
  for await (const { question, solution, answer } of clean(await openDataset("gsm8k", { split: "train" }))) {
    const messages = [{ role: "user", content: question }] as const;
    const chosen = `${solution!.replaceAll(/<<[^>]*>>/g, "")}\n#### ${answer}`;
    if (tokensOf(tokenizer, messages, chosen) <= LONGEST["dpo-reasoning"]) all.push({ messages, chosen, number: Number(answer) });
  }
  return drawn(all, seed);
}

function drawn<T>(all: T[], seed: number): Drawn<T> {
  const shuffled = seeded(0).shuffle(all);
  return {
    heldOut: shuffled.slice(0, REQUESTS.heldOut),
    trained: seeded(seed).shuffle(shuffled.slice(REQUESTS.heldOut)).slice(0, REQUESTS.trained),
  };
}

/** Writes both files unless they are there. */
export async function made(
  files: ExampleFiles,
  make: () => Promise<{ train: readonly object[]; heldOut: readonly object[] }>,
): Promise<ExampleFiles> {
  if (fs.existsSync(files.train) && fs.existsSync(files.heldOut)) return files;
  const { train, heldOut } = await make();
  for (const [file, examples] of [
    [files.heldOut, heldOut],
    [files.train, train],
  ] as const)
    replaceFile(
      file,
      examples.map((example) => `${JSON.stringify(example)}\n`),
    );
  return files;
}

async function* clean<R extends DatasetRecord>(set: Dataset<R>): AsyncGenerator<R> {
  const evaluation = await Promise.all(EVALUATION.map((name) => openDataset(name)));
  yield* disjoint(set, ...evaluation);
}

/** Tokens of a chat with its answer and the stop token. */
const tokensOf = (tokenizer: Tokenizer, messages: readonly Message[], answer: string): number =>
  tokenizer.encodeChat(messages).ids.length + tokenizer.encodePlain(answer).length + 1;
