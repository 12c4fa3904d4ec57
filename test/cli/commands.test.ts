import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { ChangeScores } from "../../src/neurons/change-scores.js";
import { contrast } from "../../src/neurons/contrast.js";
import { patch } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { cli, jsonLines, tiny } from "../support/cli.js";
import { expectedValues, readJson } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

interface Formulas {
  readonly prompts: number[][];
  readonly texts: Record<"bare" | "first" | "second", number[][]>;
  readonly sets: Record<string, [number, number][]>;
  readonly patched: Record<string, number[][]>;
}
const expected = readJson<Formulas>("formulas", "expected.json");
const prompts = jsonLines(expected.prompts.map((promptIds) => ({ promptIds })));
const folder = tempFolder();
const neurons = path.join(folder, "n.json");
const pair = [
  "--model",
  tiny("gqa"),
  "--first",
  tiny("ia3-a"),
  "--second",
  tiny("ia3-a", "ia3-b"),
  "--prompts",
  prompts,
  "--new-tokens",
  "12",
];

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  assert.equal([code, stderr], [0, ""]);
  assert.is(stdout.split("\n").length, 2, "one line of JSON, and nothing else");
  return JSON.parse(stdout);
}

test("generate writes what the model writes, with adapters stacked", async () => {
  const bare = ["generate", "--model", tiny("gqa"), "--prompts", prompts, "--new-tokens", "12"];
  const { rows, origin } = await json(bare);
  assert.equal(Object.keys(rows[0]), ["prompt", "promptIds", "ids", "text", "stop"]);
  const ids = (of: { ids: number[] }[]) => of.map((row) => row.ids);
  assert.equal(ids(rows), expected.texts.bare);
  assert.equal(
    rows.map((row: { promptIds: number[] }) => row.promptIds),
    expected.prompts,
  );
  assert.is(origin.models[0].model, tiny("gqa"));
  const stacked = await json([...bare, "--adapter", tiny("ia3-a"), "--adapter", tiny("ia3-b")]);
  assert.equal(ids(stacked.rows), expected.texts.second);
  const sampled = ["--temperature", "1.5", "--top-k", "20", "--top-p", "0.9", "--threads", "1", "--batch", "2"];
  const one = await json([...bare, ...sampled, "--seed", "1"]);
  assert.equal(one.rows, (await json([...bare, ...sampled, "--seed", "1"])).rows);
  assert.not.equal(one.rows, (await json([...bare, ...sampled, "--seed", "2"])).rows);
});

test("generate reads the first prompts alone with --limit, from a gzip file too", async () => {
  const packed = path.join(folder, "p.jsonl.gz");
  fs.writeFileSync(packed, gzipSync(fs.readFileSync(prompts)));
  const { rows } = await json(["generate", "--model", tiny("gqa"), "--prompts", packed, "--limit", "2", "--new-tokens", "12"]);
  assert.equal(
    rows.map((row: { ids: number[] }) => row.ids),
    expected.texts.bare.slice(0, 2),
  );
});

test("find ranks as the definitions say, and its files are those that the library writes", async () => {
  const file = path.join(folder, "s.safetensors");
  const result = await json(["find", ...pair, "--top", "0.25", "--scores", file, "--neurons", neurons]);
  for (const key of ["positions", "layers", "neurons", "count", "threshold", "top"]) assert.ok(key in result, key);
  assert.equal([result.positions, result.layers, result.neurons, result.count], [48, 2, 32, 16]);
  assert.equal(
    result.top.map(([layer, index]: number[]) => [layer, index]),
    expected.sets.top25,
  );
  assert.is(result.threshold, result.top.at(-1)[2]);
  const wanted = expectedValues("formulas").get("first/predicting/change_score")!;
  const scores = ChangeScores.load(file);
  assert.equal([scores.layers, scores.neurons], wanted.shape);
  scores.values.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted.data[i]) <= 1e-4 * wanted.data[i], `${i}: ${value} ${wanted.data[i]}`);
  });

  const engine = new Engine();
  const first = await loadModel(tiny("gqa"), { engine, adapters: [fixture("tiny", "ia3-a")] });
  const second = await first.withAdapters(fixture("tiny", "ia3-b"));
  const library = await contrast(first, second, expected.prompts, { newTokens: 12 });
  await engine.dispose();
  assert.equal(scores.values, library.values);
  const own = path.join(folder, "own.json");
  library.top(0.25).save(own);
  const [written, saved] = [neurons, own].map((name) => JSON.parse(fs.readFileSync(name, "utf8")));
  assert.equal([written.model, written.layers, written.neurons, written.set], [saved.model, saved.layers, saved.neurons, saved.set]);
  assert.equal(written.set, expected.sets.top25);
});

const variants: [args: string[], set: string, positions: number][] = [
  [["--score", "layer"], "top25-layer", 48],
  [["--score", "value-layer"], "top25-value-layer", 48],
  [["--exclude-last-layers", "1"], "top25-exclude-last", 48],
  [["--top", "16"], "top25", 48],
];
for (const [args, set, positions] of variants)
  test(`find ${args.join(" ")} selects as the definitions say`, async () => {
    const result = await json(["find", ...pair, "--top", "0.25", ...args]);
    assert.is(result.positions, positions);
    assert.equal(
      result.top.map(([layer, index]: number[]) => [layer, index]),
      expected.sets[set],
    );
  });

test("find compares at the positions asked for, and weights of a second model come by --second-model", async () => {
  for (const [positions, count] of [
    ["generated", 48],
    ["prompt", 21],
    ["prompt-last", 4],
    ["0,-1", 8],
  ] as const)
    assert.is((await json(["find", ...pair, "--positions", positions])).positions, count);
  const same = ["--model", tiny("gqa"), "--second-model", tiny("sharded"), "--first", "", "--second", "", "--prompts", prompts];
  const { top } = await json(["find", ...same, "--top", "64"]);
  assert.ok(top.every(([, , score]: number[]) => score < 1e-4));
});

test("find shows layers, threshold and the first ten to people", async () => {
  const { code, stdout } = await cli(["find", ...pair, "--top", "0.25"]);
  assert.is(code, 0);
  assert.match(stdout, "16 of 64 neurons");
  assert.match(stdout, /^ {2}layer 1 +\d+ +#+$/m);
  assert.is(stdout.match(/^ {2}layer \d, neuron \d+: /gm)?.length, 10);
});

test("patch answers as the definitions say, and with a control as the library does", async () => {
  const args = ["patch", ...pair, "--neurons", neurons];
  const { rows, ...rest } = await json(args);
  assert.equal(Object.keys(rows[0]), ["prompt", "promptIds", "first", "second", "patched"]);
  for (const kind of ["first", "second", "patched"]) assert.equal(Object.keys(rows[0][kind]), ["ids", "text"]);
  const ids = (kind: string) => rows.map((row: Record<string, { ids: number[] }>) => row[kind].ids);
  assert.equal([ids("first"), ids("second"), ids("patched")], [expected.texts.first, expected.texts.second, expected.patched.top25]);
  assert.is(rest.count, 16);

  const controlled = await json([...args, "--control", "random", "--seed", "7"]);
  assert.equal(Object.keys(controlled.rows[0]), ["prompt", "promptIds", "first", "second", "patched", "random"]);
  const engine = new Engine();
  const first = await loadModel(tiny("gqa"), { engine, adapters: [fixture("tiny", "ia3-a")] });
  const second = await first.withAdapters(fixture("tiny", "ia3-b"));
  const random = NeuronSet.load(neurons).random({ seed: 7 });
  const texts = await generate(first, expected.prompts, { newTokens: 12, interventions: [patch(random, second)] });
  await engine.dispose();
  assert.equal(
    controlled.rows.map((row: { random: { ids: number[] } }) => row.random.ids),
    texts.map((text) => text.ids),
  );
});

test("patch shows numbers and no answers to people, unless they ask", async () => {
  const args = ["patch", ...pair, "--neurons", neurons, "--control", "random"];
  const quiet = await cli(args);
  assert.is(quiet.code, 0);
  assert.match(quiet.stdout, /equal to the second's, of 4 +\d+ +4 +\d+ +\d+$/m);
  assert.not.match(quiet.stdout, expected.texts.first[0].join(" "));
  assert.match((await cli([...args, "--show-text"])).stdout, `first: [${expected.texts.first[0].join(" ")}]`);
});

test("inspect shows a checkpoint and its adapters", async () => {
  const of = await json(["inspect", tiny("bf16"), "--adapter", tiny("ia3-kv")]);
  assert.equal([of.family, of.layers, of.neurons, of.heads, of.kvHeads, of.headSize, of.vocabulary], ["llama", 2, 32, 4, 2, 16, 64]);
  assert.equal([of.dtypes, of.tokenizer, of.stopTokens], [["BF16"], false, []]);
  assert.equal(of.rope, { theta: 5000, scaling: { type: "default" } });
  assert.is(of.bytes.disk, 2 * of.parameters);
  const q = of.sites.find(({ site }: { site: string }) => site === "blocks.N.attn.hook_q");
  assert.equal(q, { site: "blocks.N.attn.hook_q", layers: 2, axes: ["position", "head", "dim"], shape: [null, 4, 16] });
  assert.equal(
    of.adapters[0].modules.map(({ module, side, layers }: { module: string; side: string; layers: number[] }) => [module, side, layers]),
    [
      ["down_proj", "input", [0, 1]],
      ["k_proj", "output", [0, 1]],
      ["v_proj", "output", [0, 1]],
    ],
  );
  assert.match((await cli(["inspect", tiny("bf16")])).stdout, "blocks.N.mlp.hook_post       (position, neuron 32)");
});

test("inspect shows a LoRA adapter's ranks and scalings, under and over (IA)^3", async () => {
  const names = ["--adapter", fixture("lora", "all"), "--adapter", tiny("ia3-kv"), "--adapter", fixture("lora", "plain")];
  const { adapters } = await json(["inspect", tiny("gqa"), ...names]);
  assert.equal(
    adapters.map(({ type }: { type: string }) => type),
    ["lora", "ia3", "lora"],
  );
  const { norms, ...q } = adapters[0].modules.find(({ module }: { module: string }) => module === "q_proj");
  assert.equal(q, {
    module: "q_proj",
    layers: [0, 1],
    inputs: 64,
    outputs: 64,
    ranks: [3, 5],
    scalings: [4 / Math.sqrt(5), 4 / Math.sqrt(3)],
  });
  assert.ok(norms[0] > 0 && norms[0] <= norms[1]);
  assert.match(
    (await cli(["inspect", tiny("gqa"), ...names])).stdout,
    /LoRA adapter .*plain, digest [\s\S]*q_proj: \(64, 64\) of rank 4 in each of 2 layers/,
  );
});

test("doctor finds the essential parts working and says what it looked at", async () => {
  const { ok, checks } = await json(["doctor"]);
  assert.is(ok, true);
  const status = Object.fromEntries(checks.map((check: { name: string; status: string }) => [check.name, check.status]));
  for (const name of ["Node", "neuronbook", "ONNX Runtime", "provider cpu", "TensorFlow.js", "model cache"])
    assert.is(status[name], "ok", name);
  for (const name of ["provider cuda", "provider webgpu", "example model"]) assert.ok(name in status, name);
  const { code, stdout } = await cli(["doctor"], { env: { HF_HOME: tempFolder(), HF_HUB_CACHE: "", HUGGINGFACE_HUB_CACHE: "" } });
  assert.is(code, 0);
  assert.match(stdout, "hf download HuggingFaceTB/SmolLM2-135M-Instruct");
});

test.run();
