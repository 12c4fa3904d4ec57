import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError } from "../../../src/errors.js";
import { digestOf, Results } from "../../../src/lab/study/results.js";
import { tempFolder } from "../../support/temp.js";

const fileIn = (folder: string): string => path.join(folder, "answers", fs.readdirSync(path.join(folder, "answers"))[0]!);

test("a result is made once, in this process and in the next", async () => {
  const folder = tempFolder();
  let made = 0;
  const make = async () => ({ costs: [1, ++made] });
  const first = new Results(folder);
  assert.equal(await first.kept("answers", { model: "a", set: "b" }, make), { costs: [1, 1] });
  assert.equal(await first.kept("answers", { set: "b", model: "a" }, make), { costs: [1, 1] });
  assert.equal(await new Results(folder).kept("answers", { model: "a", set: "b" }, make), { costs: [1, 1] });
  assert.equal(await new Results(folder).kept("answers", { model: "a", set: "c" }, make), { costs: [1, 2] });
  const { format, origin, made: when } = JSON.parse(fs.readFileSync(fileIn(folder), "utf8"));
  assert.is(format, 1);
  assert.is(origin.model, "a");
  assert.ok(when.seconds >= 0 && when.machine.includes("cores"));
});

test("of a model in somebody's folders two names are kept", async () => {
  const folder = tempFolder();
  await new Results(folder).kept("answers", { a: 1 }, async () => ({
    models: [{ model: path.resolve("/home/someone/models/base") }],
    text: "/home",
  }));
  const { value } = JSON.parse(fs.readFileSync(fileIn(folder), "utf8"));
  assert.equal(value, { models: [{ model: "models/base" }], text: "/home" });
});

test("without a folder it is remembered by the object alone", async () => {
  let made = 0;
  const results = new Results();
  const ask = (store: Results) => store.kept("answers", { a: 1 }, async () => ++made);
  assert.equal([await ask(results), await ask(results), await ask(new Results())], [1, 1, 2]);
});

test("what fails leaves nothing behind and can be asked again", async () => {
  const folder = tempFolder();
  const results = new Results(folder);
  const fails = async () => {
    throw new Error("interrupted");
  };
  const message = await results.kept("answers", { a: 1 }, fails).catch((error: Error) => error.message);
  assert.is(message, "interrupted");
  assert.not.ok(fs.existsSync(path.join(folder, "answers")));
  assert.is(await results.kept("answers", { a: 1 }, async () => 3), 3);
});

test("a damaged file and the result of another question are refused by name", async () => {
  for (const [content, says] of [
    ["{", "not JSON"],
    ["{}", "format 1"],
    [JSON.stringify({ format: 1, origin: { a: 2 }, value: 1 }), "another question"],
  ] as const) {
    const folder = tempFolder();
    await new Results(folder).kept("answers", { a: 1 }, async () => 1);
    const file = fileIn(folder);
    fs.writeFileSync(file, content);
    try {
      await new Results(folder).kept("answers", { a: 1 }, async () => 1);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, FileFormatError);
      assert.match((error as Error).message, says);
      assert.match((error as Error).message, file);
    }
  }
});

test("a digest does not depend on the order of keys, but on that of lists", () => {
  assert.is(digestOf({ a: 1, b: { c: 2, d: 3 } }), digestOf({ b: { d: 3, c: 2 }, a: 1 }));
  assert.is.not(digestOf([1, 2]), digestOf([2, 1]));
});

test.run();
