import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError, OptionError, ShapeError } from "../../src/errors.js";
import { hubCacheDir } from "../../src/weights/hub.js";
import { type Ia3Scale, loadAdapter, writeAdapter } from "../../src/weights/peft.js";
import { type TensorToWrite, writeSafetensors } from "../../src/weights/safetensors.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const down = "base_model.model.model.layers.0.mlp.down_proj.ia3_l";
const row = (...values: number[]): TensorToWrite => ({ dtype: "F32", shape: [1, values.length], data: Float32Array.from(values) });
const column = (...values: number[]): TensorToWrite => ({ ...row(...values), shape: [values.length, 1] });
const ia3 = { peft_type: "IA3", target_modules: ["down_proj", "k_proj"], feedforward_modules: ["down_proj"] };

function adapterFolder(tensors: Record<string, TensorToWrite>, config: unknown = ia3): string {
  const folder = tempFolder();
  if (config !== null) fs.writeFileSync(path.join(folder, "adapter_config.json"), JSON.stringify(config));
  writeSafetensors(path.join(folder, "adapter_model.safetensors"), tensors);
  return folder;
}

async function loadIa3(where: string) {
  const adapter = await loadAdapter(where);
  assert.is(adapter.type, "ia3");
  return adapter as Extract<typeof adapter, { type: "ia3" }>;
}

async function refused(where: string, kind: typeof FileFormatError | typeof NotFoundError, message: RegExp): Promise<void> {
  const error = await loadIa3(where).then(
    () => undefined,
    (error: Error) => error,
  );
  assert.instance(error, kind);
  assert.match(error!.message, message);
}

for (const name of ["default", "all", "pattern", "headless"]) {
  test(`what Python's peft saved is read value by value: ${name}`, async () => {
    const adapter = await loadIa3(fixture("peft", name));
    const expected = JSON.parse(fs.readFileSync(fixture("peft", name, "expected.json"), "utf8")) as Record<string, number[][]>;
    const found = Object.fromEntries(
      adapter.scales.map(({ layer, module, side, values }) => {
        const block = /^(q|k|v|o)_/.test(module) ? "self_attn" : "mlp";
        const prefix = name === "headless" ? "base_model.model" : "base_model.model.model";
        const list = [...values];
        return [`${prefix}.layers.${layer}.${block}.${module}.ia3_l`, side === "input" ? [list] : list.map((value) => [value])];
      }),
    );
    assert.equal(found, expected);
    const bytes = fs.readFileSync(fixture("peft", name, "adapter_model.safetensors"));
    assert.is(adapter.digest, createHash("sha256").update(bytes).digest("hex"));
    assert.is(adapter.folder, fixture("peft", name));
  });
}

test("scales come by layer, then module, each with the side that PEFT gives it", async () => {
  const { scales } = await loadIa3(fixture("peft", "all"));
  const modules = ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"];
  assert.equal(
    scales.map(({ layer, module }) => `${layer} ${module}`),
    [0, 1].flatMap((layer) => modules.map((module) => `${layer} ${module}`)),
  );
  const inputs = new Set(scales.filter(({ side }) => side === "input").map(({ module }) => module));
  assert.equal([...inputs], ["down_proj", "gate_proj"]);
});

test("a weights file alone is read, with the configuration beside it or without one", async () => {
  const folder = adapterFolder({ [down]: row(1, 2) });
  const file = path.join(folder, "adapter_model.safetensors");
  assert.equal((await loadIa3(file)).scales[0]!.values, Float32Array.of(1, 2));
  const bare = adapterFolder({ [down]: row(1), "base_model.model.model.layers.0.self_attn.k_proj.ia3_l": column(3) }, null);
  const { scales } = await loadIa3(path.join(bare, "adapter_model.safetensors"));
  assert.equal(
    scales.map(({ side }) => side),
    ["input", "output"],
  );
  await refused(bare, NotFoundError, /has no adapter_config\.json/);
});

test("keys with the adapter's name, target lists by ending, all-linear and fan_in_fan_out are accepted", async () => {
  const tensors = { [`${down}.default`]: row(2, 3) };
  for (const target_modules of [["mlp.down_proj"], ["model.layers.0.mlp.down_proj"], "all-linear", ".*down_proj"]) {
    const { scales } = await loadIa3(adapterFolder(tensors, { ...ia3, target_modules, fan_in_fan_out: true }));
    assert.is(scales.length, 1);
  }
});

test("a pattern that would take for ever is never run", async () => {
  const slow = `(${"(a|a|[a-z.0-9]*)*".repeat(8)})*!`;
  const folder = adapterFolder({ [down]: row(1, 2) }, { ...ia3, target_modules: slow, feedforward_modules: slow });
  assert.is((await loadIa3(folder)).scales[0]!.side, "input");
});

test("another kind of adapter is refused by name", async () => {
  await refused(adapterFolder({}, { peft_type: "VERA" }), FileFormatError, /peft_type is "VERA"; "IA3" and "LORA" are read/);
  await refused(adapterFolder({}, {}), FileFormatError, /peft_type is missing/);
  await refused(adapterFolder({}, { ...ia3, modules_to_save: ["lm_head"] }), FileFormatError, /modules_to_save .*lm_head/);
});

const k = "base_model.model.model.layers.0.self_attn.k_proj.ia3_l";
const wrong: [what: string, tensors: Record<string, TensorToWrite>, message: RegExp][] = [
  ["no tensors", {}, /no tensors/],
  ["an unknown key", { "base_model.model.transformer.h.0.mlp.c_proj.ia3_l": row(1) }, /tensor base_model\S+: unknown; expected/],
  ["a module in the wrong block", { "base_model.model.model.layers.0.self_attn.down_proj.ia3_l": row(1) }, /unknown/],
  ["a key that goes on", { [`${down}.default.weight`]: row(1) }, /unknown/],
  ["a layer out of all bounds", { [down.replace(".0.", ".9999.")]: row(1) }, /unknown/],
  ["a module that is no target", { [down.replace("down", "up")]: row(1, 2) }, /does not have up_proj in target_modules/],
  ["an input scale standing up", { [down]: column(1, 2) }, /shape \[2, 1\]; a feedforward module has \[1, features\]/],
  ["an output scale lying down", { [k]: row(1, 2) }, /shape \[1, 2\]; a module outside feedforward_modules/],
  ["a matrix", { [down]: { ...row(1, 2, 3, 4), shape: [2, 2] } }, /expected \[1, features\]/],
  ["a plain vector", { [down]: { ...row(1, 2), shape: [2] } }, /expected \[1, features\]/],
  ["an empty vector", { [down]: row() }, /expected \[1, features\]/],
  ["a value that is no number", { [down]: row(1, Number.NaN) }, /value 1 is NaN; scales are finite/],
  ["an infinite value", { [down]: row(Number.NEGATIVE_INFINITY) }, /value 0 is -Infinity/],
  ["whole numbers", { [down]: { dtype: "I32", shape: [1, 1], data: Int32Array.of(1) } }, /dtype I32 cannot be read/],
  ["one module twice", { [down]: row(1), [`${down}.default`]: row(1) }, /a second scale for layer 0 down_proj/],
  ["layers that differ in size", { [down]: row(1), [down.replace(".0.", ".1.")]: row(1, 2) }, /2 values; down_proj has 1 in another layer/],
];
for (const [what, tensors, message] of wrong) {
  test(`refused with tensor and reason: ${what}`, () => refused(adapterFolder(tensors), FileFormatError, message));
}

test("pickled adapters are never loaded", async () => {
  const folder = tempFolder();
  fs.writeFileSync(path.join(folder, "adapter_config.json"), JSON.stringify(ia3));
  await refused(folder, NotFoundError, /has no adapter_model\.safetensors/);
  const file = path.join(folder, "adapter_model.bin");
  fs.writeFileSync(file, Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(60)]));
  await refused(folder, FileFormatError, /never loaded; save the adapter as safetensors/);
  await refused(file, FileFormatError, /Pickle is never loaded/);
});

const scales: Ia3Scale[] = [
  { layer: 1, module: "down_proj", side: "input", values: Float32Array.from({ length: 12 }, (_, i) => 1 + i / 8) },
  { layer: 0, module: "v_proj", side: "output", values: Float32Array.of(0.5, 1, 1.5, 2) },
  { layer: 0, module: "down_proj", side: "input", values: Float32Array.from({ length: 12 }, (_, i) => 1 - i / 16) },
];

test("what is written reads back the same", async () => {
  const folder = path.join(tempFolder(), "new", "adapter");
  writeAdapter(folder, { type: "ia3", scales }, { base_model_name_or_path: "org/tiny", peft_type: "LORA" });
  assert.equal(fs.readdirSync(folder).sort(), ["adapter_config.json", "adapter_model.safetensors"]);
  const config = JSON.parse(fs.readFileSync(path.join(folder, "adapter_config.json"), "utf8"));
  assert.is(config.base_model_name_or_path, "org/tiny");
  assert.is(config.peft_type, "IA3");
  assert.equal(config.feedforward_modules, ["down_proj"]);
  assert.equal((await loadIa3(folder)).scales, [scales[2], scales[1], scales[0]]);
});

test("what PEFT cannot hold is not written", () => {
  const folder = path.join(tempFolder(), "adapter");
  const [first, , second] = scales as [Ia3Scale, Ia3Scale, Ia3Scale];
  const bad: [Ia3Scale[], typeof OptionError | typeof ShapeError][] = [
    [[], OptionError],
    [[first, first], OptionError],
    [[first, { ...second, side: "output" }], OptionError],
    [[{ ...first, layer: -1 }], OptionError],
    [[{ ...first, module: "c_proj" as "q_proj" }], OptionError],
    [[{ ...first, values: Float32Array.of(Number.NaN) }], OptionError],
    [[first, { ...second, values: new Float32Array(3) }], ShapeError],
    [[{ ...first, values: new Float32Array(0) }], ShapeError],
  ];
  for (const [list, kind] of bad)
    assert.throws(
      () => writeAdapter(folder, { type: "ia3", scales: list }),
      (error: Error) => error instanceof kind,
    );
  assert.not(fs.existsSync(folder));
});

const python = process.env.NEURONBOOK_PYTHON;
(python ? test : test.skip)("Python's peft loads what was written, value by value (NEURONBOOK_PYTHON)", () => {
  const folder = path.join(tempFolder(), "adapter");
  writeAdapter(folder, { type: "ia3", scales });
  const { status, stdout, stderr } = spawnSync(python!, [fixture("peft", "load.py"), folder], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const loaded = JSON.parse(stdout) as Record<string, number[]>;
  for (const { layer, module, values } of scales) {
    const block = module === "v_proj" ? "self_attn" : "mlp";
    assert.equal(loaded[`base_model.model.model.layers.${layer}.${block}.${module}.ia3_l.default`], [...values]);
  }
  assert.equal(loaded["base_model.model.model.layers.1.self_attn.v_proj.ia3_l.default"], [1, 1, 1, 1]);
});

const real = fs.existsSync(path.join(hubCacheDir(), "models--neuronbook--sft-s0"));
(real ? test : test.skip)("neuronbook/sft-s0 opens from the cache of this machine (HF_HOME)", async () => {
  const { scales, name } = await loadIa3("neuronbook/sft-s0");
  assert.is(name, "neuronbook/sft-s0");
  assert.is(scales.length, 30);
  assert.ok(
    scales.every(
      ({ module, side, values }, i) => module === "down_proj" && side === "input" && values.length === 1536 && scales[i]!.layer === i,
    ),
  );
});

test.run();
