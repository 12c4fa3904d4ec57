import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError, OptionError, ShapeError } from "../../src/errors.js";
import { readFloat32, readSafetensorsHeader, writeSafetensors } from "../../src/weights/safetensors.js";
import { rawSafetensors } from "../support/raw-safetensors.js";
import { tempFolder } from "../support/temp.js";

const folder = tempFolder();
const file = path.join(folder, "x.safetensors");

/** The error of reading a file with these bytes. */
function refusal(bytes: Uint8Array): FileFormatError {
  fs.writeFileSync(file, bytes);
  try {
    readSafetensorsHeader(file);
  } catch (error) {
    assert.instance(error, FileFormatError);
    assert.is((error as FileFormatError).file, file);
    return error as FileFormatError;
  }
  throw new Error("the file was accepted");
}

const entry = (shape: unknown, begin: number, end: number, dtype = "F32") => ({ dtype, shape, data_offsets: [begin, end] });

test("what is written reads back: names, shapes, dtypes, metadata, values", () => {
  const a = Float32Array.from([1, -2.5, 3e-40, Number.POSITIVE_INFINITY, 0, 7]);
  writeSafetensors(
    file,
    {
      a: { dtype: "F32", shape: [2, 3], data: a },
      b: { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
      d: { dtype: "F64", shape: [], data: Float64Array.of(0.1) },
      none: { dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
    },
    { format: "pt" },
  );
  const { tensors, metadata } = readSafetensorsHeader(file);
  assert.equal(metadata, { format: "pt" });
  assert.equal([...tensors.keys()].sort(), ["a", "b", "d", "none"]);
  assert.equal(tensors.get("a")!.shape, [2, 3]);
  assert.is(tensors.get("d")!.offset % 8, 0);
  assert.equal(readFloat32(tensors.get("a")!), a);
  assert.equal(readFloat32(tensors.get("d")!), Float32Array.of(0.1));
  assert.is(readFloat32(tensors.get("none")!).length, 0);
  assert.equal(
    fs.readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("halves and bfloat16 become the float32 of the same value, whatever the alignment", () => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x3555);
  const brain = Uint16Array.of(0x3f80, 0xc020, 0x0001, 0x7f80, 0x8000);
  const data = Buffer.concat([Buffer.of(9), Buffer.from(half.buffer), Buffer.from(brain.buffer)]);
  const header = { pad: entry([1], 0, 1, "U8"), half: entry([9], 1, 19, "F16"), brain: entry([5], 19, 29, "BF16") };
  fs.writeFileSync(file, rawSafetensors(header, data));
  const { tensors } = readSafetensorsHeader(file);
  const inf = Number.POSITIVE_INFINITY;
  const third = 0.333251953125;
  assert.equal([...readFloat32(tensors.get("half")!)], [1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, inf, -inf, -0, third]);
  assert.equal([...readFloat32(tensors.get("brain")!)], [1, -2.5, 2 ** -133, inf, -0]);
});

test("a half that is not a number stays one", () => {
  fs.writeFileSync(file, rawSafetensors({ x: entry([2], 0, 4, "F16") }, Buffer.of(1, 0x7c, 0, 0xfe)));
  assert.ok(readFloat32(readSafetensorsHeader(file).tensors.get("x")!).every(Number.isNaN));
});

test("a conversion longer than one chunk is whole", () => {
  const count = 2 ** 20 + 3;
  const bits = Uint16Array.from({ length: count }, (_, i) => (i % 7) << 7);
  writeSafetensors(file, { x: { dtype: "BF16", shape: [count], data: bits } });
  const values = readFloat32(readSafetensorsHeader(file).tensors.get("x")!);
  const expected = new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);
  assert.ok(values.every((value, i) => value === expected[i]));
});

test("newer dtypes are listed, and refused by name when read", () => {
  fs.writeFileSync(file, rawSafetensors({ x: entry([2, 2], 0, 4, "F8_E4M3"), y: entry([4], 4, 6, "F4") }, new Uint8Array(6)));
  const { tensors } = readSafetensorsHeader(file);
  assert.is(tensors.get("y")!.bytes, 2);
  assert.throws(
    () => readFloat32(tensors.get("x")!),
    (error: Error) => error instanceof FileFormatError && error.tensor === "x" && error.reason.includes("F8_E4M3"),
  );
});

const eight = new Uint8Array(8);
const hostile: [what: string, bytes: Uint8Array, reason: RegExp, tensor?: string][] = [
  ["an empty file", new Uint8Array(0), /only 0 bytes/],
  ["a header length beyond the file", rawSafetensors("{}", eight, 1000n), /1000 bytes in a file of 18/],
  ["a header length beyond the cap", rawSafetensors("{}", eight, 2n ** 63n), /at most 100000000/],
  ["a header that is not JSON", rawSafetensors('{"a":}'), /not JSON/],
  ["a header cut short", rawSafetensors('{"a":{"dty'), /not JSON/],
  ["a header that is not UTF-8", rawSafetensors("{}", Buffer.of(0xff, 0x7d), 4n), /UTF-8/],
  ["a header nested without end", rawSafetensors(`{"a":${"[".repeat(1000)}`), /nested more than/],
  ["the same name twice", rawSafetensors('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"\\u0061":{}}', eight), /a occurs twice/],
  ["an entry that is no object", rawSafetensors({ a: 3 }), /not an object/, "a"],
  ["an unknown dtype", rawSafetensors({ a: entry([8], 0, 8, "Q4") }, eight), /unknown dtype "Q4"/, "a"],
  ["a dtype named like a method", rawSafetensors({ a: entry([8], 0, 8, "toString") }, eight), /unknown dtype/, "a"],
  ["a shape of fractions", rawSafetensors({ a: entry([1.5], 0, 6) }, new Uint8Array(6)), /whole numbers/, "a"],
  ["a negative shape", rawSafetensors({ a: entry([-1, -2], 0, 8) }, eight), /whole numbers/, "a"],
  ["a shape of texts", rawSafetensors({ a: entry(["2"], 0, 8) }, eight), /whole numbers/, "a"],
  ["a shape that overflows", rawSafetensors({ a: entry([2 ** 31, 2 ** 31, 4], 0, 8) }, eight), /too many elements/, "a"],
  ["too many dimensions", rawSafetensors({ a: entry(new Array(17).fill(1), 0, 4) }, new Uint8Array(4)), /17 dimensions/, "a"],
  ["bytes that do not fit the shape", rawSafetensors({ a: entry([3], 0, 8) }, eight), /needs 12 bytes; data_offsets give 8/, "a"],
  ["offsets outside the data", rawSafetensors({ a: entry([4], 0, 16) }, eight), /leave the data of 8 bytes/, "a"],
  ["offsets in reverse", rawSafetensors({ a: entry([2], 8, 0) }, eight), /leave the data/, "a"],
  ["one offset", rawSafetensors({ a: { dtype: "F32", shape: [2], data_offsets: [8] } }, eight), /\[begin, end\]/, "a"],
  ["overlapping tensors", rawSafetensors({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, eight), /overlaps the tensor before it by 4/, "b"],
  ["a hole", rawSafetensors({ a: entry([1], 4, 8) }, eight), /4 unused bytes before it/, "a"],
  ["bytes after the last tensor", rawSafetensors({ a: entry([1], 0, 4) }, eight), /4 bytes after the last tensor/],
  ["metadata that is no text", rawSafetensors({ __metadata__: { a: 1 } }), /__metadata__ a is not a text/],
  ["metadata that is no object", rawSafetensors({ __metadata__: "x" }), /__metadata__ is not an object/],
  [
    "a tensor named __proto__",
    rawSafetensors('{"__proto__":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}', eight),
    /not allowed/,
    "__proto__",
  ],
  ["a name with an escape sequence", rawSafetensors({ "a\u001b[2J": entry([2], 0, 8) }, eight), /not allowed/, "a\\u001b[2J"],
  ["a name without end", rawSafetensors({ ["n".repeat(2000)]: entry([2], 0, 8) }, eight), /not allowed/],
  ["a pickle", Buffer.concat([Buffer.of(0x80, 2), Buffer.alloc(60)]), /Pickle is never loaded; save it as safetensors: .*save_pretrained/],
  ["a zipped pickle", Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(60)]), /Pickle is never loaded/],
  ["a git-lfs pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), /git lfs pull/],
  ["an HTML page", Buffer.from("<!DOCTYPE html><html></html>"), /HTML page/],
  ["a GGUF file", Buffer.from("GGUF\u0003\0\0\0\0\0\0\0\0\0"), /GGUF/],
];

for (const [what, bytes, reason, tensor] of hostile) {
  test(`refused with the reason: ${what}`, () => {
    const error = refusal(bytes);
    assert.match(error.reason, reason);
    if (tensor !== undefined) assert.is(error.tensor, tensor);
  });
}

test("more tensors than any model has are refused", () => {
  const entries = Array.from({ length: 200_001 }, (_, i) => `"${i.toString(36)}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
  assert.match(refusal(rawSafetensors(`{${entries.join(",")}}`)).reason, /200001 tensors/);
});

test("a missing file, a folder and a file that shrank have typed errors", () => {
  assert.throws(
    () => readSafetensorsHeader(path.join(folder, "none.safetensors")),
    (error: Error) => error instanceof NotFoundError,
  );
  assert.throws(
    () => readSafetensorsHeader(folder),
    (error: Error) => error instanceof FileFormatError,
  );
  writeSafetensors(file, { x: { dtype: "F32", shape: [1000], data: new Float32Array(1000) } });
  const info = readSafetensorsHeader(file).tensors.get("x")!;
  fs.truncateSync(file, 500);
  assert.throws(
    () => readFloat32(info),
    (error: Error) => error instanceof FileFormatError && error.tensor === "x",
  );
});

test("links are resolved: the file of a tensor is the one that can be mapped", () => {
  writeSafetensors(file, { x: { dtype: "F32", shape: [1], data: new Float32Array(1) } });
  const link = path.join(folder, "link.safetensors");
  fs.symlinkSync("x.safetensors", link);
  assert.is(readSafetensorsHeader(link).tensors.get("x")!.file, fs.realpathSync(file));
});

test("writing refuses data that does not fit its shape or dtype, and leaves the old file", () => {
  writeSafetensors(file, { old: { dtype: "F32", shape: [1], data: new Float32Array(1) } });
  assert.throws(
    () => writeSafetensors(file, { x: { dtype: "F32", shape: [3], data: new Float32Array(2) } }),
    (error: Error) => error instanceof ShapeError,
  );
  assert.throws(
    () => writeSafetensors(file, { x: { dtype: "F16", shape: [2], data: new Float32Array(2) } }),
    (error: Error) => error instanceof OptionError,
  );
  assert.equal([...readSafetensorsHeader(file).tensors.keys()], ["old"]);
});

test.run();
