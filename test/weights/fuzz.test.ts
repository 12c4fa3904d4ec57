/**
 * @file Mutated safetensors headers and adapters: each is read with consistent facts or refused with a typed error. Runs 2,000 cases of
 * each; NEURONBOOK_FUZZ=20000 runs more, NEURONBOOK_FUZZ_SEED others.
 */

import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NeuronbookError } from "../../src/errors.js";
import { isFloatDtype, itemBytes } from "../../src/weights/dtypes.js";
import { loadAdapter } from "../../src/weights/peft.js";
import { readFloat32, readSafetensorsHeader } from "../../src/weights/safetensors.js";
import { Mutator } from "../support/mutate.js";
import { fixture } from "../support/paths.js";
import { rawSafetensors } from "../support/raw-safetensors.js";
import { tempFolder } from "../support/temp.js";

const cases = Number(process.env.NEURONBOOK_FUZZ ?? 2000);
const seed = Number(process.env.NEURONBOOK_FUZZ_SEED ?? 1);
const folder = tempFolder();
const file = path.join(folder, "adapter_model.safetensors");
const configFile = path.join(folder, "adapter_config.json");

const mixed = rawSafetensors(
  {
    __metadata__: { format: "pt", note: "é" },
    "model.embed.weight": { dtype: "F32", shape: [4, 3], data_offsets: [0, 48] },
    half: { dtype: "F16", shape: [5], data_offsets: [48, 58] },
    brain: { dtype: "BF16", shape: [3, 1, 1], data_offsets: [58, 64] },
    double: { dtype: "F64", shape: [2], data_offsets: [64, 80] },
    scalar: { dtype: "I64", shape: [], data_offsets: [80, 88] },
    packed: { dtype: "F4", shape: [2, 2], data_offsets: [88, 90] },
    none: { dtype: "U8", shape: [0, 7], data_offsets: [90, 90] },
  },
  new Uint8Array(90).fill(60),
);
const adapters = ["peft/default", "lora/all", "peft/all", "lora/down", "peft/pattern", "lora/one-layer", "peft/headless", "lora/bf16"].map(
  (name) => ({
    weights: fs.readFileSync(fixture(name, "adapter_model.safetensors")),
    config: fs.readFileSync(fixture(name, "adapter_config.json")),
  }),
);
const sources = [mixed, ...adapters.map(({ weights }) => weights)];

/** Removed first: some file systems flush to disk when a file is cut to nothing and written anew. */
function write(name: string, bytes: Uint8Array): void {
  fs.rmSync(name, { force: true });
  fs.writeFileSync(name, bytes);
}

interface Count {
  read: number;
  refused: number;
}

/** Runs a case; anything but success or a typed error fails with the case's number. */
async function attempt(number: number, count: Count, read: () => void | Promise<void>): Promise<void> {
  try {
    await read();
    count.read++;
  } catch (error) {
    if (!(error instanceof NeuronbookError)) throw new Error(`case ${number} of seed ${seed}: ${(error as Error).stack}`, { cause: error });
    assert.ok(error.message.includes(folder), `the file is named: ${error.message}`);
    assert.ok(error.message.length < 2000, "the message is short");
    count.refused++;
  }
}

function consistent(size: number): void {
  const { tensors, metadata } = readSafetensorsHeader(file);
  let covered = 0;
  for (const [name, info] of tensors) {
    const elements = info.shape.reduce((product, n) => product * n, 1);
    assert.is(info.name, name);
    assert.is(info.bytes, elements * itemBytes(info.dtype));
    assert.ok(info.offset >= 8 && info.offset + info.bytes <= size);
    covered += info.bytes;
    if (isFloatDtype(info.dtype)) assert.is(readFloat32(info).length, elements);
  }
  assert.is(fs.readFileSync(file).readBigUInt64LE() + BigInt(8 + covered), BigInt(size));
  assert.ok(Object.values(metadata).every((text) => typeof text === "string"));
}

test(`${cases} mutated safetensors files are read consistently or refused with a typed error`, async () => {
  const count = { read: 0, refused: 0 };
  const mutate = new Mutator(seed);
  const before = process.resourceUsage().maxRSS;
  for (let i = 0; i < cases; i++) {
    const bytes = mutate.safetensors(sources[i % sources.length]!);
    write(file, bytes);
    await attempt(i, count, () => consistent(bytes.length));
  }
  console.log(`safetensors: ${count.read} read, ${count.refused} refused`);
  assert.ok(count.read > cases / 50 && count.refused > cases / 2);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grown < 256, `peak memory grew by ${grown.toFixed(0)} MiB over files of a few kB`);
});

test(`${cases} mutated adapters are read consistently or refused with a typed error`, async () => {
  const count = { read: 0, refused: 0 };
  const mutate = new Mutator(seed + 1);
  const before = process.resourceUsage().maxRSS;
  for (let i = 0; i < cases; i++) {
    const { weights, config } = adapters[i % adapters.length]!;
    write(file, i % 3 === 0 ? weights : mutate.safetensors(weights));
    write(configFile, i % 3 === 1 ? config : mutate.json(config));
    await attempt(i, count, async () => {
      const adapter = await loadAdapter(folder);
      const parts = adapter.type === "ia3" ? adapter.scales : adapter.updates;
      assert.ok(parts.length > 0);
      assert.is(new Set(parts.map(({ layer, module }) => `${layer} ${module}`)).size, parts.length);
      for (const part of parts) {
        assert.ok(Number.isInteger(part.layer));
        for (const values of "values" in part ? [part.values] : [part.a, part.b])
          assert.ok(values.length > 0 && values.every(Number.isFinite));
        if ("rank" in part) assert.ok(part.a.length % part.rank === 0 && part.b.length % part.rank === 0 && Number.isFinite(part.scaling));
      }
    });
  }
  console.log(`adapters: ${count.read} read, ${count.refused} refused`);
  assert.ok(count.read > cases / 50 && count.refused > cases / 3);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grown < 256, `peak memory grew by ${grown.toFixed(0)} MiB over files of a few kB`);
});

test.run();
