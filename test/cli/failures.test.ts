import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cli, jsonLines, tiny } from "../support/cli.js";
import { root } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const file = (name: string, content: string): string => {
  const at = path.join(tempFolder(), name);
  fs.writeFileSync(at, content);
  return at;
};
const good = jsonLines([{ promptIds: [1, 2, 3] }]);
const generate = (prompts: string) => ["generate", "--model", tiny("gqa"), "--prompts", prompts];
const patch = (neurons: string) => [
  "patch",
  "--model",
  tiny("gqa"),
  "--first",
  "",
  "--second",
  tiny("ia3-a"),
  "--prompts",
  good,
  "--neurons",
  neurons,
];
const set = (fields: object) => file("n.json", JSON.stringify({ model: "m", layers: 2, neurons: 32, set: [[0, 1]], ...fields }));

const failing: [what: string, args: string[], says: RegExp][] = [
  ["no prompts file", generate("nowhere.jsonl"), /no file nowhere\.jsonl/],
  ["a prompts file without prompts", generate(file("p.jsonl", "\n \n")), /p\.jsonl: no prompts in it/],
  ["a broken line", generate(file("p.jsonl", '{"promptIds":[1]}\n\n{"promptIds"')), /p\.jsonl: line 3: /],
  ["a line without a prompt", generate(file("p.jsonl", '{"text":"x"}')), /line 1: no prompt in it/],
  ["a message without content", generate(file("p.jsonl", '{"messages":[{"role":"user"}]}')), /line 1: messages/],
  ["a token outside the vocabulary", generate(file("p.jsonl", '{"promptIds":[1]}\n{"promptIds":[64]}')), /line 2: .*0\.\.63; got 64/],
  ["a text for a model without a tokenizer", generate(file("p.jsonl", '{"prompt":"x"}')), /has no tokenizer\.json/],
  ["a gzip file that is none", generate(file("p.jsonl.gz", '{"promptIds":[1]}')), /p\.jsonl\.gz: is not a gzip file/],
  ["an adapter that is nowhere", [...generate(good), "--adapter", "./nowhere"], /nowhere/],
  ["no neurons file", patch("nowhere.json"), /no neuron set at nowhere\.json/],
  ["neurons of another model", patch(set({ layers: 3 })), /3 layers of 32/],
  ["no neurons in the set", patch(set({ set: [] })), /no neurons in it/],
  ["a file that is no neuron set", patch(good), /set/],
];

for (const [what, args, says] of failing)
  test(`${what}: exit code 1, one line that says what`, async () => {
    const { code, stdout, stderr } = await cli([...args, "--json"]);
    assert.equal([code, stdout], [1, ""], stderr);
    assert.match(stderr, says);
    assert.match(stderr, /^neuronbook: [^\n]+\n$/);
  });

test("a model that is neither there nor to be had: exit code 1, and the ways to get it", async () => {
  const empty: Record<string, string> = { HF_HOME: tempFolder(), HF_HUB_CACHE: "", HUGGINGFACE_HUB_CACHE: "" };
  const inspect = ["inspect", "HuggingFaceTB/SmolLM2-135M-Instruct"];
  for (const network of [
    { HF_HUB_OFFLINE: "1", HF_ENDPOINT: "", TRANSFORMERS_OFFLINE: "" },
    { HF_HUB_OFFLINE: "", TRANSFORMERS_OFFLINE: "", HF_ENDPOINT: "http://127.0.0.1:9" },
  ]) {
    const { code, stdout, stderr } = await cli([...inspect, "--json"], { env: { ...empty, ...network } });
    assert.equal([code, stdout], [1, ""]);
    assert.match(stderr, "hf download HuggingFaceTB/SmolLM2-135M-Instruct");
    assert.match(stderr, /run once with network.*HF_HOME/);
  }
});

test("NEURONBOOK_DEBUG=1 adds the stack", async () => {
  const { code, stderr } = await cli(generate("nowhere.jsonl"), { env: { NEURONBOOK_DEBUG: "1" } });
  assert.is(code, 1);
  assert.match(stderr, /NotFoundError: no file nowhere\.jsonl.*\n +at /);
});

test("a reader that closes the pipe is no failure", async () => {
  const lines = jsonLines(Array.from({ length: 2000 }, () => ({ promptIds: Array.from({ length: 100 }, () => 1) })));
  const child = spawn(process.execPath, ["dist/src/cli/main.js", ...generate(lines), "--new-tokens", "1", "--json"], { cwd: root });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.is(code, 0);
  assert.not.match(stderr, "EPIPE");
});

test("an interrupted run stops, says so, exits with 130 and writes neither result nor file", async () => {
  const folder = tempFolder();
  const neurons = path.join(folder, "n.json");
  // far longer than the two seconds after which progress shows
  const prompts = jsonLines(Array.from({ length: 20_000 }, (_, i) => ({ promptIds: [i % 64, 1, 2] })));
  const args = ["find", "--model", tiny("gqa"), "--first", "", "--second", tiny("ia3-a"), "--prompts", prompts, "--new-tokens", "250"];
  const { code, stdout, stderr } = await cli([...args, "--neurons", neurons, "--json"], { interrupt: true });
  assert.equal([code, stdout], [130, ""], stderr);
  assert.match(stderr, /^comparing.*\n/);
  assert.match(stderr, "neuronbook: interrupted");
  assert.equal(fs.readdirSync(folder), []);
});

test.run();
