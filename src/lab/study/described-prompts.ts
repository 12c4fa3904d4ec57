/** @file Prompts of a described laboratory: drawn once from data sets, no prompt in two of them. */
import { disjoint } from "../../datasets/disjoint.js";
import { openDataset } from "../../datasets/open.js";
import type { DatasetRecord } from "../../datasets/records.js";
import type { Message } from "../../engine/tokenizer.js";
import { NotFoundError, OptionError } from "../../errors.js";
import { seeded } from "../../random.js";
import type { LabDescription } from "./description.js";
import type { StudyPrompt } from "./subject.js";

/** Characters of the longest prompt taken: about 250 tokens of English. */
const LONGEST = 1000;

/** Opens `NAME[/SUBSET][:SPLIT]`. */
export async function openNamed(name: string): Promise<AsyncIterable<DatasetRecord>> {
  const [, set, subset, split] = /^([^/:]+)(?:\/([^/:]+))?(?::([^/:]+))?$/.exec(name) ?? [];
  if (set === undefined) throw new OptionError("dataset", name, "NAME[/SUBSET][:SPLIT] of a data set");
  return openDataset<string>(set, { subset, split });
}

/** The prompts of every set, in an order that is the same every time; benchmarks first, so that what they hold is not used for finding. */
export class DescribedPrompts {
  readonly #sets: readonly { readonly name: string; readonly dataset: string }[];
  #all: Promise<ReadonlyMap<string, readonly StudyPrompt[]>> | undefined;

  constructor({ benchmarks, finding }: LabDescription) {
    this.#sets = [benchmarks, finding].flatMap((sets) => Object.entries(sets).map(([name, { dataset }]) => ({ name, dataset })));
  }

  async of(set: string, count: number): Promise<readonly StudyPrompt[]> {
    this.#all ??= this.#draw();
    const prompts = (await this.#all).get(set)!.slice(0, count);
    if (prompts.length === 0) throw new NotFoundError(set, `the data set of ${set} gave no prompt of one user message`);
    return prompts;
  }

  async #draw(): Promise<Map<string, readonly StudyPrompt[]>> {
    const drawn = new Map<string, readonly StudyPrompt[]>();
    const before: string[] = [];
    for (const { name, dataset } of this.#sets) {
      const texts = new Set<string>();
      for await (const record of disjoint(await openNamed(dataset), before)) {
        const text = questionOf(record)?.trim();
        if (text !== undefined && text !== "" && text.length <= LONGEST) texts.add(text);
      }
      before.push(...texts);
      const order = seeded(0).shuffle([...texts]);
      drawn.set(
        name,
        order.map((content) => ({ messages: [{ role: "user", content } satisfies Message] })),
      );
    }
    return drawn;
  }
}

/** What a user asks in one message; undefined for a longer dialogue and for running text. */
function questionOf(record: DatasetRecord): string | undefined {
  if ("prompt" in record) return record.prompt;
  if ("question" in record) return record.question;
  if (!("messages" in record)) return undefined;
  const asked = record.messages.filter(({ role }) => role !== "assistant" || "chosen" in record);
  return record.messages[0]?.role === "user" && asked.length === 1 ? record.messages[0].content : undefined;
}
