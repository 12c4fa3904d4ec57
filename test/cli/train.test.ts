import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cli, jsonLines, tiny } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

const lines = Array.from({ length: 40 }, (_, i) => ({ promptIds: [i % 60, 1, 2], answer: [7, 3], chosen: [7, 3], rejected: [9] }));
const data = jsonLines(lines);
const args = (kind: "sft" | "dpo", out: string, ...more: string[]) => [
  ...["train", kind, "--model", tiny("gqa"), "--data", data, "--out", out, "--steps", "12", "--batch", "4", "--threads", "1"],
  ...more,
];

test("train sft, then train dpo on top of it: two folders that generate takes, with what was measured", async () => {
  const [sft, dpo] = [path.join(tempFolder(), "sft"), path.join(tempFolder(), "dpo")];
  const first = await cli([...args("sft", sft, "--lr", "0.05"), "--json"]);
  assert.is(first.code, 0, first.stderr);
  const { before, evaluations, data: counted, command } = JSON.parse(first.stdout);
  assert.is(counted.count + counted.heldOutCount, 40);
  assert.ok(counted.heldOutCount > 0);
  assert.ok(evaluations.at(-1).value.loss < before.loss);
  assert.match(command, /^neuronbook train sft --model .* --steps 12 --batch 4 --lr 0\.05 --max-tokens 256 /);
  const second = await cli(args("dpo", dpo, "--adapter", sft, "--held-out", data, "--eval-every", "6"));
  assert.is(second.code, 0, second.stderr);
  assert.match(second.stdout, /after 6 steps: loss .*, margin .*, accuracy/);
  assert.match(second.stdout, /after 12 steps/);
  const prompts = jsonLines([{ promptIds: [61, 1, 2] }]);
  const used = await cli(["generate", "--model", tiny("gqa"), "--adapter", sft, "--adapter", dpo, "--prompts", prompts]);
  assert.is(used.code, 0, used.stderr);
});

test("the command that the README of an adapter gives makes the same adapter", async () => {
  const [one, two] = [path.join(tempFolder(), "a"), path.join(tempFolder(), "a")];
  await cli(args("sft", one, "--seed", "3", "--limit", "20", "--adapter", tiny("ia3-a")));
  const [, command] = /```\n(.*)\n```/.exec(fs.readFileSync(path.join(one, "README.md"), "utf8"))!;
  const words = command.split(" ").slice(1);
  const { code, stderr } = await cli([...words.map((word) => (word === one ? two : word)), "--threads", "1"]);
  assert.is(code, 0, stderr);
  const bytes = (folder: string) => fs.readFileSync(path.join(folder, "adapter_model.safetensors"));
  assert.ok(bytes(one).equals(bytes(two)));
});

test("an interrupted training exits with 130; --resume goes on with it, and without it is refused", async () => {
  const out = path.join(tempFolder(), "a");
  const long = args("sft", out, "--steps", "100000", "--json");
  const first = await cli(long, { interrupt: true });
  assert.equal([first.code, first.stdout], [130, ""], first.stderr);
  assert.match(first.stderr, /^training: \d+ of 100000 steps, loss \d\.\d+, .* left/);
  const step = () => JSON.parse(fs.readFileSync(path.join(out, ".training", "training.json"), "utf8")).step as number;
  const before = step();
  assert.ok(before >= 5);
  const refused = await cli(long);
  assert.equal([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /^neuronbook: --out: .*unfinished/);
  assert.is((await cli([...long, "--resume"], { interrupt: true })).code, 130);
  assert.ok(step() > before);
});

const wrong: [what: string, code: number, more: string[], says: RegExp][] = [
  ["a data set that is not known", 2, ["--data", "nothing"], /--data.*one of .*dolly/],
  ["a set without answers", 1, ["--data", "advbench"], /advbench/],
  ["a file that is not there", 1, ["--data", "nowhere.jsonl"], /no file nowhere\.jsonl/],
  ["a line without an answer", 1, ["--data", jsonLines([lines[0], { promptIds: [1] }])], /line 2: no answer/],
  ["a token outside the vocabulary", 1, ["--data", jsonLines([...lines, { promptIds: [1], answer: [64] }])], /line 41: .*0\.\.63/],
  ["a held-out line without an answer", 1, ["--held-out", jsonLines([{ promptIds: [1] }])], /line 1: no answer/],
  ["texts that have no room", 2, ["--max-tokens", "2"], /--max-tokens/],
  ["an adapter that is nowhere", 1, ["--adapter", "./nowhere"], /nowhere/],
];
for (const [what, code, more, says] of wrong)
  test(`${what}: one line that says what, exit code ${code}`, async () => {
    const out = path.join(tempFolder(), "a");
    const run = await cli(args("sft", out, ...more), { env: { NEURONBOOK_DATA: tempFolder(), HF_HOME: tempFolder() } });
    assert.is(run.code, code, run.stderr);
    assert.match(run.stderr, says);
    assert.match(run.stderr, /^neuronbook: [^\n]+\n$/);
    assert.not.ok(fs.existsSync(path.join(out, "adapter_model.safetensors")));
  });

test.run();
