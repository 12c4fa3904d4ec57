/** The commands on a real model; skipped where it is not in the cache. */
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cli, hasSmolLM2, jsonLines } from "../support/cli.js";
import { readJson } from "../support/expected.js";
import { tempFolder } from "../support/temp.js";

interface Expected {
  readonly questions: string[];
  readonly prompts: number[][];
  readonly bareIds: number[][];
  readonly firstIds: number[][];
  readonly secondIds: number[][];
  readonly patchedIds: number[][];
  readonly patchedTexts: string[];
  readonly positions: number;
  readonly top: Record<string, [number, number][]>;
}
const expected = readJson<Expected>("smollm2", "expected.json");
const model = ["--model", "HuggingFaceTB/SmolLM2-135M-Instruct"];
const pair = [...model, "--first", "neuronbook/sft-s0", "--second", "neuronbook/sft-s0,neuronbook/dpo-refusal-s0"];
const questions = ["--chat", "--prompts", jsonLines(expected.questions.map((prompt) => ({ prompt })))];
const neurons = path.join(tempFolder(), "n.json");
const real = hasSmolLM2() ? test : test.skip;

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
}

real("generate --chat gives the ids of the reference, for messages too", async () => {
  const { rows } = await json(["generate", ...model, ...questions, "--new-tokens", "16"]);
  const column = (key: string) => rows.map((row: Record<string, unknown>) => row[key]);
  assert.equal([column("prompt"), column("promptIds"), column("ids")], [expected.questions, expected.prompts, expected.bareIds]);
  const content = expected.questions[0];
  const chat = jsonLines([{ messages: [{ role: "user", content }] }]);
  const [row] = (await json(["generate", ...model, "--prompts", chat, "--new-tokens", "16"])).rows;
  assert.equal([row.prompt, row.promptIds, row.ids], [content, expected.prompts[0], expected.bareIds[0]]);
});

real("find selects the neurons of the reference", async () => {
  const args = ["--new-tokens", "16", "--score", "value-layer", "--neurons", neurons];
  const { positions, count, top } = await json(["find", ...pair, ...questions, ...args]);
  assert.equal([positions, count], [expected.positions, 2304]);
  const names = (set: readonly (readonly number[])[]) => set.map(([layer, index]) => `${layer} ${index}`).sort();
  assert.equal(names(top), names(expected.top["value-layer"]));
});

real("patch with the neurons just found gives the answers of the reference", async () => {
  const { rows } = await json(["patch", ...pair, ...questions, "--limit", "4", "--neurons", neurons, "--new-tokens", "32"]);
  const column = (kind: string) => rows.map((row: Record<string, { ids: number[] }>) => row[kind].ids);
  const four = [expected.firstIds, expected.secondIds].map((ids) => ids.slice(0, 4));
  assert.equal([column("first"), column("second"), column("patched")], [...four, expected.patchedIds]);
  assert.equal(
    rows.map((row: { patched: { text: string } }) => row.patched.text),
    expected.patchedTexts,
  );
});

test.run();
