import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { readDpoExamples, readSftExamples } from "../../src/training/examples-file.js";
import { tempFolder } from "../support/temp.js";

const user = { role: "user", content: "Hi" };
const assistant = { role: "assistant", content: "Hello." };

function file(lines: readonly (object | string)[]): string {
  const name = path.join(tempFolder(), "e.jsonl");
  fs.writeFileSync(name, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return name;
}

test("SFT lines: a text, a chat or token ids with an answer, or a chat that ends with it; empty lines are skipped", async () => {
  const lines = [
    { prompt: "1 + 1 =", answer: "2" },
    "",
    { messages: [user], answer: "Hello." },
    { promptIds: [1, 2], answer: [3], source: "ignored" },
    { messages: [user, assistant] },
  ];
  const { examples, lines: numbers } = await readSftExamples(file(lines));
  assert.equal(examples, [
    { prompt: "1 + 1 =", answer: "2" },
    { prompt: { messages: [user] }, answer: "Hello." },
    { prompt: [1, 2], answer: [3] },
    { prompt: { messages: [user] }, answer: "Hello." },
  ]);
  assert.equal(numbers, [1, 3, 4, 5]);
  assert.is((await readSftExamples(file(lines), { limit: 2 })).examples.length, 2);
});

test("DPO lines hold two answers; a gzip file is unpacked", async () => {
  const packed = path.join(tempFolder(), "p.jsonl.gz");
  fs.writeFileSync(packed, gzipSync('{"prompt":"a","chosen":"b","rejected":[7]}\n'));
  assert.equal((await readDpoExamples(packed)).examples, [{ prompt: "a", chosen: "b", rejected: [7] }]);
});

const wrong: [what: string, line: object | string, read: typeof readSftExamples | typeof readDpoExamples, says: RegExp][] = [
  ["no prompt", { answer: "x" }, readSftExamples, /line 2: no prompt/],
  ["no answer", { prompt: "x" }, readSftExamples, /line 2: no answer/],
  ["a chat that the user ends", { messages: [assistant, user] }, readSftExamples, /line 2: no answer/],
  ["an answer alone in a chat", { messages: [assistant] }, readSftExamples, /line 2: no answer/],
  ["an empty answer", { prompt: "x", answer: "" }, readSftExamples, /line 2: answer/],
  ["an answer of fractions", { prompt: "x", answer: [0.5] }, readSftExamples, /line 2: answer/],
  ["one answer of two", { prompt: "x", chosen: "secret" }, readDpoExamples, /line 2: rejected/],
  ["messages that are none", { messages: ["secret"], chosen: "a", rejected: "b" }, readDpoExamples, /line 2: messages/],
  ["no JSON", "{", readDpoExamples, /line 2: /],
];
for (const [what, line, read, says] of wrong)
  test(`${what}: an error with the line, without the text`, async () => {
    const good = { prompt: "x", answer: "y", chosen: "y", rejected: "z" };
    const error = await read(file([good, line])).then(
      () => assert.unreachable("read"),
      (thrown: unknown) => thrown,
    );
    assert.instance(error, FileFormatError);
    assert.match((error as Error).message, says);
    assert.not.match((error as Error).message, "secret");
  });

test("a file without lines, and one that is not there", async () => {
  const thrown = (name: string) => readSftExamples(name).catch((error: unknown) => error);
  assert.match(String(await thrown(file([""]))), "no examples in it");
  assert.instance(await thrown("nowhere.jsonl"), NotFoundError);
});

test.run();
