import { test } from "uvu";
import * as assert from "uvu/assert";
import { disjoint } from "../../src/datasets/disjoint.js";
import type { DatasetRecord } from "../../src/datasets/records.js";

async function kept<R extends DatasetRecord>(training: R[], ...evaluation: (DatasetRecord | string)[][]): Promise<R[]> {
  const records: R[] = [];
  for await (const record of disjoint(training, ...evaluation)) records.push(record);
  return records;
}

const prompt = (text: string) => ({ prompt: text });
const chat = (...texts: string[]) => ({
  messages: texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
});

test("a question is the same in other case, spacing, punctuation and Unicode form", async () => {
  const training = [
    prompt("How do plants grow?"),
    prompt("how  DO plants\n grow"),
    prompt("Ｈow do “plants” grow…"),
    prompt("How do plants grow tall?"),
  ];
  assert.equal(await kept(training, [prompt("How do plants grow?")]), [training[3]]);
});

test("letters of other scripts and their marks count", async () => {
  const training = [prompt("Где кот?"), prompt("Где кит?"), prompt("แมวอยู่ไหน"), prompt("ở đâu"), prompt("ô đâu")];
  assert.equal(await kept(training, ["где кот", "Ở ĐÂU?"]), [training[1], training[2], training[4]]);
});

test("any message of the user counts, the assistant's do not", async () => {
  const training = [chat("Hello", "Where is it?", "Thanks"), chat("Hi", "Yes", "Where is it?"), chat("Hi")];
  assert.equal(await kept(training, ["Where is it?"]), [training[0], training[2]]);
});

test("records of every kind, and several evaluation sets", async () => {
  const pair = { ...chat("A?"), chosen: "x", rejected: "y" };
  const training = [pair, { question: "B?", answer: "1" }, { text: "C." }, { prompt: "D", response: "", harmful: true }, prompt("E")];
  assert.equal(await kept<DatasetRecord>(training, ["a", "b"], [{ text: "c" }, chat("d")]), [prompt("E")]);
});

test("questions without letters or digits are never taken for the same", async () => {
  assert.is((await kept([prompt("???")], ["!!!"])).length, 1);
});

test.run();
