/** The loaders on the real files, in the folder NEURONBOOK_DATA. No text of a record is ever in a message: many are harmful. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DatasetOptions } from "../../src/datasets/dataset.js";
import { disjoint } from "../../src/datasets/disjoint.js";
import { openDataset } from "../../src/datasets/open.js";
import type { DatasetRecord } from "../../src/datasets/records.js";
import type { Message } from "../../src/engine/tokenizer.js";

const real = suite("real data");
// needs the folder with the real files
const check = process.env.NEURONBOOK_DATA ? real : real.skip;

/** Rows by set, subset and split as the folder's own description has them, and how many of them the loader leaves out (and counts). */
const counts: [name: string, options: DatasetOptions, rows: number, skipped?: number][] = [
  ["hh-rlhf", { subset: "harmless-base" }, 2308],
  ["hh-rlhf", { subset: "harmless-base", split: "train" }, 1846],
  ["hh-rlhf", { subset: "harmless-base", split: "test" }, 462],
  ["hh-rlhf", { subset: "helpful-base" }, 2348],
  ["hh-rlhf", { subset: "helpful-base", split: "train" }, 1902],
  ["hh-rlhf", { subset: "helpful-online" }, 1132, 1],
  ["hh-rlhf", { subset: "helpful-online", split: "test" }, 223],
  ["hh-rlhf", { subset: "helpful-rejection-sampled" }, 2717],
  ["hh-rlhf", { subset: "helpful-rejection-sampled", split: "train" }, 2191],
  ["advbench", {}, 520],
  ["harmbench", {}, 172],
  ["harmbench", { split: "validation" }, 32],
  ["jailbreak-llms", {}, 390],
  ["jailbreak-llms", { subset: "wrappers-2023-05-07" }, 651],
  ["catqa", {}, 550],
  ["catqa", { subset: "vietnamese" }, 550],
  ["harmfulqa", {}, 1960],
  ["safe-rlhf-problems", {}, 83],
  ["do-not-answer", {}, 939],
  ["do-not-answer-responses", {}, 5634],
  ["gptfuzz", { split: "train" }, 6160],
  ["gptfuzz", { split: "test" }, 1540],
  ["diasafety", { split: "train" }, 9017, 2],
  ["diasafety", { split: "validation" }, 1097],
  ["diasafety", { split: "test" }, 1095, 1],
  ["multijail", {}, 3150],
  ["xsafety", {}, 27999],
  ["polyrefuse-harmful", {}, 8580],
  ["polyrefuse-harmless", {}, 7000],
  ["truthfulqa", {}, 817],
  ["gsm8k", { split: "test" }, 1319],
  ["gsm8k", { split: "train" }, 5000],
  ["bbh", {}, 6511],
  ["mmlu", { split: "dev" }, 285],
  ["mmlu", { split: "validation" }, 1531],
  ["mmlu", { split: "test" }, 5000],
  ["wikitext", { subset: "wikitext-2-v1", split: "validation" }, 3760],
  ["wikitext", { subset: "wikitext-2-v1", split: "test" }, 4358],
  ["wikitext", { split: "train" }, 8888],
  ["lima", {}, 1029],
  ["safety-tuned-llamas", {}, 2483],
  ["dolly", {}, 1000],
  ["alpaca", {}, 999],
];

for (const [name, options, rows, skipped = 0] of counts) {
  check(`${name} ${Object.values(options).join(" ")}: the rows that its description says, none without its text`, async () => {
    const set = await openDataset(name, options);
    let count = 0;
    let bad = 0;
    for await (const record of set) {
      count++;
      if (!isSound(record)) bad++;
    }
    assert.is(count, rows - skipped);
    assert.is(
      [...set.skipped.values()].reduce((sum, n) => sum + n, 0),
      skipped,
    );
    assert.is(bad, 0);
  });
}

check("harmful answers of do-not-answer: 193, as its description says", async () => {
  let harmful = 0;
  for await (const record of await openDataset("do-not-answer-responses")) harmful += Number(record.harmful);
  assert.is(harmful, 193);
});

check("a dialogue of hh-rlhf is never in both splits", async () => {
  const first = async (split: string) => {
    const all = await (await openDataset("hh-rlhf", { split })).toArray();
    return new Set(all.map(({ messages }) => messages[0].content));
  };
  const [train, testing] = [await first("train"), await first("test")];
  assert.is([...train].filter((text) => testing.has(text)).length, 0);
});

check("no answer of hh-rlhf holds a further turn", async () => {
  let further = 0;
  for await (const { chosen, rejected } of await openDataset("hh-rlhf")) if (/\n\n(Human|Assistant):/.test(chosen + rejected)) further++;
  assert.is(further, 0);
});

check("lima: 29 dialogues have more than two turns", async () => {
  const all = await (await openDataset("lima")).toArray();
  assert.is(all.filter(({ messages }) => messages.length > 2).length, 29);
});

check("disjoint: judges' training questions no longer occur in the evaluation prompts", async () => {
  const evaluation = await (await openDataset("jailbreak-llms")).toArray();
  const seen = evaluation.map(({ prompt }) => ({ prompt, response: "", harmful: false }));
  const kept = [];
  for await (const record of disjoint(seen, evaluation)) kept.push(record);
  assert.is(kept.length, 0);
  let left = 0;
  for await (const _ of disjoint(await openDataset("gptfuzz"), evaluation)) left++;
  assert.ok(left > 0 && left <= 7700, `${left}`);
});

real.run();

const filled = (text: string) => text.trim() !== "";

function isSound(record: DatasetRecord): boolean {
  if ("chosen" in record) return alternates(record.messages, "user") && filled(record.chosen) && filled(record.rejected);
  if ("messages" in record) return alternates(record.messages, "assistant");
  if ("choices" in record) return filled(record.question) && record.choices.length > 1 && record.answer in record.choices;
  if ("question" in record) return filled(record.question) && filled(record.answer);
  if ("response" in record) return filled(record.prompt) && filled(record.response);
  return "text" in record || filled(record.prompt);
}

function alternates(messages: readonly Message[], last: string): boolean {
  return (
    messages.at(-1)?.role === last &&
    messages.every(({ role, content }, i) => role === (i % 2 === 0 ? "user" : "assistant") && filled(content))
  );
}
