import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { seeded } from "../../src/random.js";
import { cli } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";
import { copyTiny } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const data = tempFolder();
const random = seeded(1);
const write = (file: string, rows: readonly object[]) => {
  fs.mkdirSync(path.dirname(path.join(data, file)), { recursive: true });
  fs.writeFileSync(path.join(data, file), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
};
/** Ten questions; an answer is "harmful" by how many of its words are w2 and w3. */
const answered = (first: number) =>
  Array.from({ length: 100 }, (_, i) => {
    const words = Array.from({ length: 6 }, () => 2 + random.integer(6));
    const harmful = words.filter((word) => word < 4).length > 2 ? 1 : 0;
    return {
      question_id: first + (i % 10),
      prompt: `w${10 + first + (i % 10)} w9`,
      response: words.map((word) => `w${word}`).join(" "),
      harmful,
    };
  });
write("harm_labels/gptfuzz_train.jsonl", answered(0));
write("harm_labels/gptfuzz_test.jsonl", answered(20));
const action = (action: string, response: string, harmful: number, i: number) => ({
  id: String(i),
  model: "m",
  prompt: `w${i} w8`,
  response,
  harmful,
  action,
});
write("do_not_answer/responses_labelled.jsonl", [
  ...Array.from({ length: 6 }, (_, i) => action("0", i === 5 ? "w1 w2 w3" : "I cannot w1", 0, i)),
  ...Array.from({ length: 4 }, (_, i) => action("5", "w2 w3 w2", 1, i)),
]);
const dialogue = (question: string, answer: string) => `\n\nHuman: ${question}\n\nAssistant: ${answer}`;
write(
  "hh-rlhf/helpful-base/train.jsonl",
  Array.from({ length: 60 }, (_, i) => {
    const [more, fewer] = ["w2 w3 w2 w3", "w5 w6 w7 w5"].map((words) => dialogue(`w${i} w9`, `${words} w${2 + random.integer(6)}`));
    return { chosen: more, rejected: fewer };
  }),
);
const model = copyTiny("gqa");
writeTinyTokenizer(model);
// the words of a refusal
const tokenizer = path.join(model, "tokenizer.json");
fs.writeFileSync(tokenizer, fs.readFileSync(tokenizer, "utf8").replaceAll('"w60"', '"I"').replaceAll('"w61"', '"cannot"'));
const env = { NEURONBOOK_DATA: data };

test("judge train and judge report show their options and an example", async () => {
  for (const [command, options] of [
    ["train", ["--model", "--out", "--work", "--limit", "--search", "--max-tokens", "--seed", "--json"]],
    ["report", ["--cost", "--out", "--work", "--limit", "--json"]],
  ] as const) {
    const { code, stdout, stderr } = await cli(["judge", command, "--help"]);
    assert.equal([code, stderr], [0, ""]);
    for (const option of options) assert.match(stdout, ` ${option}`);
    assert.match(stdout, `$ neuronbook judge ${command}`);
  }
});

test("a cost model is trained into a folder, and the report states how often the judges are wrong", async () => {
  const [out, file] = [path.join(tempFolder(), "cost"), path.join(tempFolder(), "judges.md")];
  const trained = await cli(["judge", "train", "--model", model, "--out", out, "--search", "60", "--json"], { env });
  assert.is(trained.code, 0, trained.stderr);
  const { examples, leftOut, heldOut, tried } = JSON.parse(trained.stdout);
  assert.equal([examples, leftOut, heldOut.count], [100, 0, 20]);
  assert.ok(tried.length > 20 && heldOut.auc.value > 0.5);
  const facts = JSON.parse(fs.readFileSync(path.join(out, "score_head.json"), "utf8"));
  assert.is(facts.training.data, "gptfuzz train");
  assert.equal(facts.training.apartFrom, ["gptfuzz test"]);

  const report = await cli(["judge", "report", "--cost", out, "--out", file, "--json"], { env });
  assert.is(report.code, 0, report.stderr);
  const figures = JSON.parse(report.stdout);
  assert.ok(Math.abs(figures.verdicts["Do-Not-Answer, action 0: cannot assist"].refusal.value - 5 / 6) < 1e-9);
  assert.is(figures.verdicts["Do-Not-Answer, action 5: follows the instruction"].compliance.value, 1);
  assert.is(figures.complied["Do-Not-Answer"].sensitivity.value, 1);
  assert.is(figures.cost["GPTFuzz test"].count, 100);
  const text = fs.readFileSync(file, "utf8");
  assert.match(text, /\| GPTFuzz test \| cost model \| 100 \|/);
  assert.not.match(text, "I cannot w1");
});

test("a reward model is trained from helpful pairs; the share of held-out pairs in order is told", async () => {
  const out = path.join(tempFolder(), "reward");
  const { code, stdout, stderr } = await cli(["judge", "train", "--kind", "reward", "--model", model, "--out", out, "--search", "30"], {
    env,
  });
  assert.is(code, 0, stderr);
  assert.match(stdout, /Reward model from 60 examples.*\n.*accuracy (1|0\.[89]\d*) \(12 examples\)/);
  const facts = JSON.parse(fs.readFileSync(path.join(out, "score_head.json"), "utf8"));
  assert.equal([facts.labels, facts.training.heldOut.kind], [["reward"], "pairs"]);
});

test("a data set that is not there is named, with what to do", async () => {
  const { code, stderr } = await cli(["judge", "report"], { env: { NEURONBOOK_DATA: tempFolder(), HF_HOME: tempFolder() } });
  assert.is(code, 1);
  assert.match(stderr, /do-not-answer-responses.*NEURONBOOK_DATA/);
});

test.run();
