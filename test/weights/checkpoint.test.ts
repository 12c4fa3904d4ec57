import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { readFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { tempFolder } from "../support/temp.js";

const f32 = (...values: number[]) => ({ dtype: "F32", shape: [values.length], data: Float32Array.from(values) }) as const;

function folderWith(files: Record<string, unknown>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    if (name.endsWith(".safetensors")) writeSafetensors(file, content as Parameters<typeof writeSafetensors>[1]);
    else fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const sharded = (weight_map: unknown) => ({
  "config.json": { model_type: "llama" },
  "model.safetensors.index.json": { metadata: { total_size: 12 }, weight_map },
  "model-00001-of-00002.safetensors": { a: f32(1, 2) },
  "model-00002-of-00002.safetensors": { b: f32(3) },
});
const rightMap = { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" };

function refused(folder: string, kind: typeof FileFormatError | typeof NotFoundError, message: RegExp): void {
  try {
    openCheckpoint(folder, "the-model");
  } catch (error) {
    assert.instance(error, kind);
    assert.match((error as Error).message, message);
    return;
  }
  throw new Error("the checkpoint was accepted");
}

test("a single file: configuration, tensors and the files beside", () => {
  const folder = folderWith({ "config.json": { hidden_size: 2 }, "model.safetensors": { a: f32(1, 2) }, "tokenizer.json": {} });
  const checkpoint = openCheckpoint(folder);
  assert.is(checkpoint.name, folder);
  assert.equal(checkpoint.config, { hidden_size: 2 });
  assert.equal(readFloat32(checkpoint.tensors.get("a")!), Float32Array.of(1, 2));
  assert.is(checkpoint.file("tokenizer.json"), path.join(folder, "tokenizer.json"));
  assert.is(checkpoint.file("chat_template.jinja"), undefined);
  assert.is(checkpoint.file("../../etc/hostname"), undefined);
});

test("shards: each tensor points into its own file", () => {
  const { tensors, name } = openCheckpoint(folderWith(sharded(rightMap)), "org/model");
  assert.is(name, "org/model");
  assert.equal(readFloat32(tensors.get("b")!), Float32Array.of(3));
  assert.is(path.basename(tensors.get("a")!.file), "model-00001-of-00002.safetensors");
});

test("the digest is the same for a copy elsewhere, another for other weights or another configuration", () => {
  const of = (config: unknown, value: number) =>
    openCheckpoint(folderWith({ "config.json": config, "model.safetensors": { a: f32(1, value) } })).digest;
  assert.match(of({ n: 1 }, 2), /^[0-9a-f]{64}$/);
  assert.is(of({ n: 1 }, 2), of({ n: 1 }, 2));
  assert.is.not(of({ n: 1 }, 2), of({ n: 1 }, 3));
  assert.is.not(of({ n: 1 }, 2), of({ n: 2 }, 2));
});

for (const shard of [
  "../model.safetensors",
  "/etc/model.safetensors",
  "a\\model.safetensors",
  "sub/model.safetensors",
  "..safetensors",
  "x.bin",
  7,
  null,
]) {
  test(`an index may not name the shard ${JSON.stringify(shard)}`, () => {
    refused(folderWith(sharded({ ...rightMap, a: shard })), FileFormatError, /tensor a: shard .* is not the name of a \.safetensors file/);
  });
}

test("an index whose shards do not hold what it says is refused with the tensor's name", () => {
  const folder = folderWith(sharded({ ...rightMap, c: rightMap.b }));
  refused(folder, FileFormatError, /model-00002-of-00002\.safetensors: tensor c: missing/);
  writeSafetensors(path.join(folder, rightMap.b), { a: f32(1), b: f32(3), c: f32(4) });
  refused(folder, FileFormatError, /tensor a: is in .*model-00001-of-00002\.safetensors too/);
  fs.rmSync(path.join(folder, rightMap.b));
  refused(folder, NotFoundError, /lacks model-00002-of-00002\.safetensors/);
});

test("damaged JSON is refused with the file's name", () => {
  refused(folderWith({ "config.json": '{"a": 1' }), FileFormatError, /config\.json: .*not JSON/);
  refused(folderWith({ "config.json": "[1]" }), FileFormatError, /not a JSON object/);
  refused(folderWith(sharded([1])), FileFormatError, /weight_map is not an object/);
  refused(folderWith(sharded({})), FileFormatError, /weight_map is empty/);
});

test("a folder with pickled weights only says how to convert them", () => {
  refused(
    folderWith({ "config.json": {}, "pytorch_model.bin": "x" }),
    NotFoundError,
    /only pytorch_model\.bin\. Pickle is never loaded.*save_pretrained/,
  );
});

test("an adapter, an empty folder and no folder are told apart", () => {
  refused(folderWith({ "adapter_config.json": {} }), NotFoundError, /holds a PEFT adapter, not a model/);
  refused(folderWith({}), NotFoundError, /has no config\.json/);
  refused(path.join(tempFolder(), "none"), NotFoundError, /no folder/);
  refused(folderWith({ "config.json": {} }), NotFoundError, /neither model\.safetensors nor/);
});

test.run();
