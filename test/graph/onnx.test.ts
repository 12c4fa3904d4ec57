import fs from "node:fs";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EngineError, ShapeError } from "../../src/errors.js";
import * as g from "../../src/graph/index.js";
import { readSafetensorsHeader, writeSafetensors } from "../../src/weights/safetensors.js";
import { runGraph } from "../support/run-graph.js";
import { tempFolder } from "../support/temp.js";

const a = g.input("a", "float32", ["n"]);
const fed = { a: { dims: [3], data: [1, 2, 3] } };
const occurrences = (bytes: Uint8Array, text: string) => Buffer.from(bytes).toString("latin1").split(text).length - 1;

function weightFile(folder = tempFolder()): { folder: string; w: g.Tensor; again: g.Tensor } {
  const file = path.join(folder, "w.safetensors");
  writeSafetensors(file, {
    pad: { dtype: "F32", shape: [3], data: new Float32Array(3) },
    w: { dtype: "F32", shape: [3], data: Float32Array.of(10, 20, 30) },
  });
  const info = readSafetensorsHeader(file).tensors.get("w")!;
  const made = () => g.weight({ name: "w", file: info.file, offset: info.offset, bytes: info.bytes }, "float32", info.shape);
  return { folder: fs.realpathSync(folder), w: made(), again: made() };
}

test("what no output needs is not written", () => {
  const wanted = g.exp(a);
  g.tanh(wanted);
  const { bytes, inputs, outputs } = g.compile({ y: g.add(wanted, 1) });
  assert.is(occurrences(bytes, "Tanh"), 0);
  assert.ok(occurrences(bytes, "Exp") > 0);
  assert.equal(inputs, [{ name: "a", dtype: "float32", shape: ["n"] }]);
  assert.equal(outputs, ["y"]);
});

test("a tensor used twice is computed once", async () => {
  const shared = g.exp(a);
  const { bytes } = g.compile({ y: g.add(shared, shared) });
  assert.is(occurrences(bytes, "Exp_"), 1);
  const { y } = await runGraph({ y: g.mul(g.sub(a, a), g.add(a, a)) }, fed);
  assert.equal(y!.data, [0, 0, 0]);
});

test("one tensor under two names, and an input as an output", async () => {
  const doubled = g.mul(a, 2);
  const { p, q, same } = await runGraph({ p: doubled, q: doubled, same: a }, fed);
  assert.equal(
    [p!.data, q!.data, same!.data],
    [
      [2, 4, 6],
      [2, 4, 6],
      [1, 2, 3],
    ],
  );
});

test("an output that other outputs are made from", async () => {
  const [first, second] = [g.add(a, 1), g.mul(g.add(a, 1), 3)];
  const { u, v, w } = await runGraph({ u: g.mul(first, 2), v: first, w: second }, fed);
  assert.equal(
    [u!.data, v!.data, w!.data],
    [
      [4, 6, 8],
      [2, 3, 4],
      [6, 9, 12],
    ],
  );
});

test("names of outputs may look like the compiler's own", async () => {
  const inner = g.exp(g.mul(a, 0));
  const { t0, t1, c0, c1 } = await runGraph({ t1: g.add(inner, 1), t0: g.sub(inner, 1), c0: g.add(a, 2), c1: g.add(a, 3) }, fed);
  assert.equal(
    [t1!.data, t0!.data, c0!.data, c1!.data],
    [
      [2, 2, 2],
      [0, 0, 0],
      [3, 4, 5],
      [4, 5, 6],
    ],
  );
});

test("two inputs of one name must be the same", async () => {
  const again = g.input("a", "float32", ["n"]);
  const { y } = await runGraph({ y: g.add(a, again) }, fed);
  assert.equal(y!.data, [2, 4, 6]);
  for (const other of [g.input("a", "float32", ["n", 1]), g.input("a", "int64", ["n"])])
    assert.throws(
      () => g.compile({ y: g.add(a, 1), z: g.cast(other, "float32"), k: other }),
      (error: unknown) => error instanceof ShapeError && /called a/.test(error.message),
    );
});

test("an output may not take the name of an input", () => {
  assert.throws(
    () => g.compile({ a: g.add(a, 1) }),
    (error: unknown) => error instanceof ShapeError && /output.* a\b/.test(error.message),
  );
});

test("weights stay in their file and are written once", async () => {
  const { folder, w, again } = weightFile();
  const compiled = g.compile({ y: g.add(g.mul(g.input("a", "float32", [3]), w), again) });
  assert.is(compiled.folder, folder);
  assert.is(occurrences(compiled.bytes, "w.safetensors"), 1);
  const session = await ort.InferenceSession.create(compiled.bytes, {
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });
  const { y } = await session.run({ a: new ort.Tensor("float32", Float32Array.of(1, 2, 3), [3]) });
  assert.equal([...(y!.data as Float32Array)], [20, 60, 120]);
  await session.release();
});

test("weights of several folders are refused", () => {
  const sum = g.add(weightFile().w, weightFile().w);
  assert.throws(
    () => g.compile({ y: sum }),
    (error: unknown) => error instanceof EngineError && /several folders/.test(error.message),
  );
});

test("a very deep graph compiles without recursion", async () => {
  let deep: g.Tensor = a;
  for (let i = 0; i < 20000; i++) deep = g.neg(deep);
  assert.ok(g.compile({ y: deep }).bytes.length > 0);
});

test("sizes that are no sizes are refused", () => {
  assert.throws(() => g.input("x", "float32", [-1]), /tensor: a size must be/);
  assert.throws(() => g.input("x", "float32", [1.5]), /tensor: a size must be/);
  assert.throws(
    () => g.constant(Float32Array.of(1, 2), [3]),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.run();
