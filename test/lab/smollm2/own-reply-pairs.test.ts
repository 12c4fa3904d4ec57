import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { loadModel } from "../../../src/engine/model.js";
import { reasoningFiles } from "../../../src/lab/smollm2/own-reply-pairs.js";
import { tempFolder } from "../../support/temp.js";
import { copyTiny } from "../../support/tiny.js";
import { writeTinyTokenizer } from "../../support/tiny-tokenizer.js";

/** Problems of one word each, `w10` and on, with these numbers as their answers. */
function writeProblems(answers: readonly number[]): string {
  const folder = tempFolder();
  for (const set of ["redteam_prompts", "general"]) fs.mkdirSync(path.join(folder, set));
  for (const name of ["advbench", "harmbench_standard", "jailbreakllms_forbidden_questions", "harmfulqa", "catqa_english"])
    fs.writeFileSync(path.join(folder, "redteam_prompts", `${name}.jsonl`), `${JSON.stringify({ prompt: "w2 w3" })}\n`);
  const lines = answers.map((answer, i) => JSON.stringify({ question: `w${10 + i}`, answer: `w5\n#### ${answer}` }));
  fs.writeFileSync(path.join(folder, "general/gsm8k_train.jsonl"), `${lines.join("\n")}\n`);
  return folder;
}

test("a word problem whose number the model's own reply ends with is no pair", async () => {
  const before = process.env.NEURONBOOK_DATA;
  const folder = copyTiny("gqa");
  writeTinyTokenizer(folder);
  const engine = new Engine({ threads: 1, provider: "cpu" });
  try {
    const model = await loadModel(folder, { engine });
    const tokenizer = await model.tokenizer();
    const pairsOf = async (answers: readonly number[]) => {
      process.env.NEURONBOOK_DATA = writeProblems(answers);
      const files = await reasoningFiles(tempFolder(), model, 0, {});
      const text = [files.heldOut, files.train].map((file) => fs.readFileSync(file, "utf8")).join("");
      const pairs = text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      return new Map<string, number[]>(pairs.map(({ messages, rejected }) => [messages[0].content, rejected]));
    };
    const all = await pairsOf([1000, 1000, 1000]);
    assert.equal([...all.keys()].sort(), ["w10", "w11", "w12"]);
    // the tiny tokenizer's words have a number in their name
    const own = Number(/(\d+)\D*$/.exec(tokenizer.decode(all.get("w11")!))![1]);
    const left = await pairsOf([1000, own, 1000]);
    assert.equal([...left.keys()].sort(), ["w10", "w12"]);
    assert.equal(left.get("w10"), all.get("w10"));
  } finally {
    await engine.dispose();
    if (before === undefined) delete process.env.NEURONBOOK_DATA;
    else process.env.NEURONBOOK_DATA = before;
  }
});

test.run();
