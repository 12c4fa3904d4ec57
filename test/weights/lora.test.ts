import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, OptionError, ShapeError } from "../../src/errors.js";
import { type LoraAdapter, type LoraUpdate, loadAdapter, writeAdapter } from "../../src/weights/peft.js";
import { type TensorToWrite, writeSafetensors } from "../../src/weights/safetensors.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const q = "base_model.model.model.layers.0.self_attn.q_proj";
const matrix = (rows: number, columns: number, first = 1): TensorToWrite => ({
  dtype: "F32",
  shape: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => first + i / 4),
});
const pair = (key = q, rank = 2): Record<string, TensorToWrite> => ({
  [`${key}.lora_A.weight`]: matrix(rank, 3),
  [`${key}.lora_B.weight`]: matrix(4, rank),
});
const lora = { peft_type: "LORA", r: 2, lora_alpha: 6, target_modules: ["q_proj", "down_proj"] };

function adapterFolder(tensors: Record<string, TensorToWrite>, config: unknown = lora): string {
  const folder = tempFolder();
  if (config !== null) fs.writeFileSync(path.join(folder, "adapter_config.json"), JSON.stringify(config));
  writeSafetensors(path.join(folder, "adapter_model.safetensors"), tensors);
  return folder;
}

async function loadLora(where: string): Promise<LoraAdapter> {
  const adapter = await loadAdapter(where);
  assert.is(adapter.type, "lora");
  return adapter as LoraAdapter;
}

async function refused(where: string, message: RegExp): Promise<void> {
  const error = await loadAdapter(where).then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.instance(error, FileFormatError);
  assert.match(error!.message, message);
}

test("what Python's peft saved is read by layer, then module, with rank and scaling of each", async () => {
  const { updates, digest, folder } = await loadLora(fixture("lora", "all"));
  assert.is(updates.length, 14);
  assert.equal(
    updates.map(({ layer, module }) => `${layer} ${module}`),
    updates.map(({ layer, module }) => `${layer} ${module}`).sort(),
  );
  const of = (layer: number, module: string) => updates.find((update) => update.layer === layer && update.module === module)!;
  const scaling = (layer: number, module: string) => of(layer, module).scaling;
  assert.is(of(0, "down_proj").rank, 2);
  assert.is(of(0, "q_proj").rank, 3);
  assert.is(of(1, "k_proj").rank, 5);
  assert.is(scaling(0, "v_proj"), 4 / Math.sqrt(3));
  assert.is(scaling(1, "q_proj"), 4 / Math.sqrt(5));
  assert.is(scaling(0, "up_proj"), 7 / Math.sqrt(3));
  assert.is(scaling(1, "up_proj"), 4 / Math.sqrt(3));
  assert.is(scaling(1, "o_proj"), 3 / Math.sqrt(3));
  const bytes = fs.readFileSync(fixture("lora", "all", "adapter_model.safetensors"));
  assert.is(digest, createHash("sha256").update(bytes).digest("hex"));
  assert.is(folder, fixture("lora", "all"));
});

test("half precision is read as what it is", async () => {
  const [exact, brain, half] = await Promise.all(["plain", "bf16", "f16"].map((name) => loadLora(fixture("lora", name))));
  for (const [other, bits] of [
    [brain!, 8],
    [half!, 11],
  ] as const)
    other.updates.forEach(({ a, b, rank, scaling }, i) => {
      const wanted = exact!.updates[i]!;
      assert.is(rank, wanted.rank);
      assert.is(scaling, 2);
      for (const [got, original] of [
        [a, wanted.a],
        [b, wanted.b],
      ])
        for (const [at, x] of got!.entries()) assert.ok(Math.abs(x - original![at]!) <= 2 ** -bits * Math.abs(original![at]!) + 1e-7);
    });
});

test("targets by path, by ending, by pattern, all-linear, keys with the adapter's name and a headless base are accepted", async () => {
  for (const target_modules of [
    ["q_proj"],
    ["self_attn.q_proj"],
    ["model.layers.0.self_attn.q_proj"],
    "all-linear",
    ".*\\.(q|k)_proj",
    "(?!x).*",
    null,
  ])
    assert.is((await loadLora(adapterFolder(pair(), { ...lora, target_modules, fan_in_fan_out: true }))).updates.length, 1);
  const named = { [`${q}.lora_A.default.weight`]: matrix(2, 3), [`${q}.lora_B.default.weight`]: matrix(4, 2) };
  assert.is((await loadLora(adapterFolder(named))).updates[0]!.scaling, 3);
  assert.is((await loadLora(adapterFolder(pair("base_model.model.layers.7.self_attn.q_proj")))).updates[0]!.layer, 7);
});

const variants: [what: string, fields: object, message: RegExp][] = [
  ["DoRA", { use_dora: true }, /use_dora true: DoRA is not read; merge it in Python/],
  ["modules_to_save", { modules_to_save: ["lm_head"] }, /modules_to_save .*lm_head.*merge it in Python/],
  ["biases", { bias: "lora_only" }, /bias "lora_only": only "none" is read/],
  ["a start that changes the base", { init_lora_weights: "pissa_niter_4" }, /"pissa_niter_4" changes the base model's weights/],
  ["activated LoRA", { alora_invocation_tokens: [1] }, /activated LoRA is not read/],
  ["no rank", { r: undefined }, /r is missing; expected a whole number/],
  ["rank 0", { r: 0 }, /r is 0; expected a whole number/],
  ["an alpha that is no number", { lora_alpha: "8" }, /lora_alpha is "8"; expected a number/],
  ["another rank than the matrices have", { r: 3 }, /shape \[2, 3\]; expected \[rank, in\] with rank 3/],
  ["another rank by pattern", { rank_pattern: { ".*q_proj": 4 } }, /with rank 4/],
  ["a rank pattern that is a list", { rank_pattern: [4] }, /rank_pattern is no object/],
  ["a pattern beyond our reading", { alpha_pattern: { "(?=a)": 4 } }, /alpha_pattern: the pattern \(\?=a\) is not read; name the modules/],
  ["a pattern without a number", { alpha_pattern: { q_proj: null } }, /alpha_pattern\[q_proj\] is null/],
  [
    "a module that is no target",
    { target_modules: ["proj", "v_proj"] },
    /does not have model.layers.0.self_attn.q_proj among target_modules/,
  ],
  ["a module that no pattern names", { target_modules: ".*\\.v_proj" }, /among target_modules/],
  ["a layer that is left out", { layers_to_transform: [1] }, /among target_modules/],
  ["targets that are neither", { target_modules: 5 }, /target_modules is neither/],
];
for (const [what, fields, message] of variants)
  test(`refused with reason: ${what}`, () => refused(adapterFolder(pair(), { ...lora, ...fields }), message));

const wrong: [what: string, tensors: Record<string, TensorToWrite>, message: RegExp][] = [
  ["no tensors", {}, /no tensors/],
  ["half a pair", { [`${q}.lora_A.weight`]: matrix(2, 3) }, /layer 0 q_proj has no lora_B/],
  ["the other half", { [`${q}.lora_B.weight`]: matrix(4, 2) }, /has no lora_A/],
  ["a pair twice", { ...pair(), [`${q}.lora_A.default.weight`]: matrix(2, 3) }, /a second lora_A for layer 0 q_proj/],
  [
    "matrices lying wrong",
    { [`${q}.lora_A.weight`]: matrix(3, 2), [`${q}.lora_B.weight`]: matrix(4, 2) },
    /expected \[rank, in\] with rank 2/,
  ],
  ["a vector", { ...pair(), [`${q}.lora_B.weight`]: { ...matrix(2, 1), shape: [2] } }, /expected \[out, rank\]/],
  ["an empty matrix", { ...pair(), [`${q}.lora_B.weight`]: matrix(0, 2) }, /shape \[0, 2\]/],
  ["a value that is no number", { ...pair(), [`${q}.lora_B.weight`]: matrix(4, 2, Number.NaN) }, /value 0 is NaN; matrices are finite/],
  [
    "whole numbers",
    { ...pair(), [`${q}.lora_A.weight`]: { dtype: "I32", shape: [2, 3], data: new Int32Array(6) } },
    /dtype I32 cannot be read/,
  ],
  ["an embedding", { "base_model.model.model.embed_tokens.lora_embedding_A": matrix(2, 3) }, /LoRA of an embedding is not read/],
  ["a head", { ...pair(), "base_model.model.lm_head.weight": matrix(2, 3) }, /a module of the model itself/],
  ["DoRA's magnitudes", { ...pair(), [`${q}.lora_magnitude_vector.weight`]: matrix(1, 4) }, /DoRA is not read/],
  ["a bias", { ...pair(), [`${q}.lora_B.bias`]: matrix(1, 4) }, /bias of its own is not read/],
  ["an adapter under another", pair("base_model.model.model.layers.0.self_attn.q_proj.base_layer"), /from under another one/],
  ["another architecture", { "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight": matrix(2, 3) }, /unknown; expected/],
  ["a module in the wrong block", pair("base_model.model.model.layers.0.mlp.q_proj"), /unknown; expected/],
  [
    "layers that differ in size",
    { ...pair(), [`${q.replace(".0.", ".1.")}.lora_A.weight`]: matrix(2, 5), [`${q.replace(".0.", ".1.")}.lora_B.weight`]: matrix(4, 2) },
    /5 inputs and 4 outputs; q_proj has 3 inputs/,
  ],
];
for (const [what, tensors, message] of wrong)
  test(`refused with tensor and reason: ${what}`, () => refused(adapterFolder(tensors), message));

test("a LoRA file alone is refused: its scaling stands in the configuration", async () => {
  const folder = adapterFolder(pair(), null);
  await refused(path.join(folder, "adapter_model.safetensors"), /LoRA, whose adapter_config\.json says how it is scaled/);
});

const made = (layer: number, module: LoraUpdate["module"], rank: number, inputs: number, outputs: number, scaling: number): LoraUpdate => ({
  ...{ layer, module, rank, scaling },
  a: Float32Array.from({ length: rank * inputs }, (_, i) => Math.sin(i + layer)),
  b: Float32Array.from({ length: outputs * rank }, (_, i) => Math.cos(i + rank)),
});
/** For the model of test/fixtures/peft/load.py: hidden size 8, 12 neurons, 2 layers, 1 key/value head of size 4. */
const updates: LoraUpdate[] = [
  made(0, "down_proj", 2, 12, 8, 2),
  made(0, "k_proj", 3, 8, 4, 7 / 3),
  made(1, "down_proj", 2, 12, 8, 0.3),
  made(1, "k_proj", 1, 8, 4, 2),
];

test("what is written reads back the same, ranks and scalings of single modules too", async () => {
  for (const list of [updates, updates.slice(1), updates.slice(0, 1)]) {
    const folder = path.join(tempFolder(), "adapter");
    writeAdapter(folder, { type: "lora", updates: list }, { base_model_name_or_path: "org/tiny", r: 99 });
    const config = JSON.parse(fs.readFileSync(path.join(folder, "adapter_config.json"), "utf8"));
    assert.is(config.peft_type, "LORA");
    assert.is(config.base_model_name_or_path, "org/tiny");
    assert.equal((await loadLora(folder)).updates, list);
  }
});

test("what PEFT cannot hold is not written", () => {
  const folder = path.join(tempFolder(), "adapter");
  const [first, second] = updates as [LoraUpdate, LoraUpdate];
  const bad: [LoraUpdate[], typeof OptionError | typeof ShapeError][] = [
    [[], OptionError],
    [[first, first], OptionError],
    [[{ ...first, layer: 0.5 }], OptionError],
    [[{ ...first, module: "c_proj" as "q_proj" }], OptionError],
    [[{ ...first, rank: 0 }], OptionError],
    [[{ ...first, scaling: Number.NaN }], OptionError],
    [[{ ...first, b: first.b.map(() => Number.NaN) }], OptionError],
    [[{ ...first, rank: 5 }], ShapeError],
    [[{ ...first, a: new Float32Array(0) }], ShapeError],
    [[second, made(1, "k_proj", 3, 9, 4, 1)], ShapeError],
  ];
  for (const [list, kind] of bad)
    assert.throws(
      () => writeAdapter(folder, { type: "lora", updates: list }),
      (error: Error) => error instanceof kind,
    );
  assert.not(fs.existsSync(folder));
});

const python = process.env.NEURONBOOK_PYTHON;
(python ? test : test.skip)("Python's peft loads what was written, value by value (NEURONBOOK_PYTHON)", () => {
  const folder = path.join(tempFolder(), "adapter");
  writeAdapter(folder, { type: "lora", updates });
  const { status, stdout, stderr } = spawnSync(python!, [fixture("peft", "load.py"), folder], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const loaded = JSON.parse(stdout) as Record<string, number[]>;
  assert.is(Object.keys(loaded).length, 8 + 4);
  for (const { layer, module, a, b, scaling } of updates) {
    const key = `base_model.model.model.layers.${layer}.${module === "k_proj" ? "self_attn" : "mlp"}.${module}`;
    assert.equal(loaded[`${key}.lora_A.default.weight`], [...a]);
    assert.equal(loaded[`${key}.lora_B.default.weight`], [...b]);
    assert.ok(Math.abs(loaded[`${key}.scaling`]![0]! - scaling) < 1e-12);
  }
});

test.run();
