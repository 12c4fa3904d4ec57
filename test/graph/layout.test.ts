import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.js";
import { runGraph } from "../support/run-graph.js";

const count = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
const rising = (...dims: number[]) => ({ dims, data: Array.from({ length: count(dims) }, (_, i) => i) });

test("reshape keeps named sizes in their place", async () => {
  const a = g.input("a", "float32", ["batch", "time", 6]);
  const { y } = await runGraph({ y: g.reshape(a, ["batch", "time", 2, 3]) }, { a: rising(2, 3, 6) });
  assert.equal(y, { dims: [2, 3, 2, 3], data: rising(36).data });
});

test("one new name stands for what is left", async () => {
  const a = g.input("a", "float32", ["batch", "time", 4]);
  const flat = g.reshape(a, ["positions", 4]);
  const folded = g.reshape(a, ["batch", "rest"]);
  const back = g.reshape(flat, ["pairs", 8]);
  const { p, q, r } = await runGraph({ p: flat, q: folded, r: back }, { a: rising(2, 3, 4) });
  assert.equal(
    [p!.dims, q!.dims, r!.dims],
    [
      [6, 4],
      [2, 12],
      [3, 8],
    ],
  );
});

test("named sizes that move are read off while running", async () => {
  const a = g.input("a", "float32", ["batch", 2, "rows", 4]);
  const b = g.input("b", "float32", ["batch", "time"]);
  const moved = g.reshape(a, [2, "batch", 4, "rows"]);
  const positions = g.reshape(a, ["left", 4, "rows"]);
  const swapped = g.reshape(b, ["time", "batch"]);
  const { p, q, s } = await runGraph({ p: moved, q: positions, s: swapped }, { a: rising(3, 2, 5, 4), b: rising(2, 7) });
  assert.equal(
    [p!.dims, q!.dims, s!.dims],
    [
      [2, 3, 4, 5],
      [6, 4, 5],
      [7, 2],
    ],
  );
  assert.equal(p!.data, rising(120).data);
});

test("reshape refuses other numbers of elements and several unknown names", () => {
  const a = g.input("a", "float32", ["batch", "time", 6]);
  assert.throws(
    () => g.reshape(a, ["batch", "time", 2, 4]),
    /^reshape: \(batch, time, 6\) does not have as many elements as \(batch, time, 2, 4\)/,
  );
  assert.throws(() => g.reshape(a, ["batch", 6]), /reshape: .*\(batch, time, 6\).*\(batch, 6\)/);
  assert.throws(() => g.reshape(a, ["x", "y", 6]), /reshape: \(x, y, 6\) has several sizes unknown in \(batch, time, 6\)/);
});

test("transpose moves axes", async () => {
  const a = g.input("a", "float32", ["batch", 2, 3]);
  const moved = g.transpose(a, [2, 0, 1]);
  assert.equal(moved.shape, [3, "batch", 2]);
  const { y } = await runGraph({ y: moved }, { a: rising(2, 2, 3) });
  assert.equal(y, { dims: [3, 2, 2], data: [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11] });
  assert.throws(() => g.transpose(a, [0, 1]), /transpose: .*\(0, 1\).*\(batch, 2, 3\)/);
  assert.throws(() => g.transpose(a, [0, 1, 1]), /transpose/);
});

test("concat joins named sizes under a new name", async () => {
  const [a, b] = [g.input("a", "float32", ["batch", "past", 2]), g.input("b", "float32", ["batch", "time", 2])];
  const joined = g.concat([a, b], 1, "keys");
  assert.equal(joined.shape, ["batch", "keys", 2]);
  const { y } = await runGraph({ y: joined }, { a: rising(1, 2, 2), b: { dims: [1, 1, 2], data: [9, 8] } });
  assert.equal(y, { dims: [1, 3, 2], data: [0, 1, 2, 3, 9, 8] });
  assert.throws(() => g.concat([a, b], 1), /concat: name the joined size of \(batch, past, 2\), \(batch, time, 2\)/);
  assert.throws(() => g.concat([a, g.input("c", "float32", ["batch", "time", 3])], 1, "keys"), /concat: axis 2: 2 against 3/);
  assert.equal(g.concat([g.constant(new Float32Array(3)), g.constant(new Float32Array(4))], 0).shape, [7]);
});

test("split takes the last axis apart", async () => {
  const a = g.input("a", "float32", ["n", 5]);
  const [left, right] = g.split(a, [2, 3]);
  const { l, r } = await runGraph({ l: left!, r: right! }, { a: rising(2, 5) });
  assert.equal(
    [l!.data, r!.data],
    [
      [0, 1, 5, 6],
      [2, 3, 4, 7, 8, 9],
    ],
  );
  const { only } = await runGraph({ only: right! }, { a: rising(2, 5) });
  assert.equal(only!.data, r!.data);
  assert.throws(() => g.split(a, [2, 2]), /split: .*5 against 4/);
});

test("splitAt cuts where a run says", async () => {
  const a = g.input("a", "float32", ["n", "k"]);
  const [left, right] = g.splitAt(a, g.input("lengths", "int64", [2]), ["some", "rest"]);
  assert.equal(right!.shape, ["n", "rest"]);
  const { l, r } = await runGraph({ l: left!, r: right! }, { a: rising(2, 3), lengths: { dtype: "int64", dims: [2], data: [1, 2] } });
  assert.equal(
    [l!.data, r!.data],
    [
      [0, 3],
      [1, 2, 4, 5],
    ],
  );
  assert.throws(() => g.splitAt(a, g.integers([1, 1, 1]), ["some", "rest"]), /splitAt: as many lengths as parts: 3 against 2/);
});

test("gather picks along an axis and takes the indices' shape", async () => {
  const a = g.input("a", "float32", ["batch", 3, 2]);
  const indices = g.input("i", "int64", ["rows", 2]);
  const picked = g.gather(a, indices, 1);
  const one = g.gather(a, 2, 1);
  assert.equal(
    [picked.shape, one.shape],
    [
      ["batch", "rows", 2, 2],
      ["batch", 2],
    ],
  );
  const { p, o } = await runGraph({ p: picked, o: one }, { a: rising(2, 3, 2), i: { dtype: "int64", dims: [1, 2], data: [2, 0] } });
  assert.equal(p, { dims: [2, 1, 2, 2], data: [4, 5, 0, 1, 10, 11, 6, 7] });
  assert.equal(o, { dims: [2, 2], data: [4, 5, 10, 11] });
  assert.throws(() => g.gather(a, indices, 3), /gather: axis 3 is outside shape \(batch, 3, 2\)/);
});

test("gatherElements picks one element for each index", async () => {
  const a = g.input("a", "float32", ["rows", 3]);
  const at = g.input("i", "int64", ["rows", 1]);
  const { y } = await runGraph(
    { y: g.gatherElements(a, at, 1) },
    { a: rising(3, 3), i: { dtype: "int64", dims: [3, 1], data: [2, 0, 1] } },
  );
  assert.equal(y, { dims: [3, 1], data: [2, 3, 7] });
  assert.throws(() => g.gatherElements(a, g.input("j", "int64", ["rows"]), 1), /gatherElements: expected 2 axes; got shape \(rows\)/);
});

test("unsqueeze adds axes, negative ones from the end", async () => {
  const a = g.input("a", "float32", ["batch", 3]);
  const shapes = [[1], [3, 0], [-1], [-2]].map((axes) => g.unsqueeze(a, axes).shape);
  assert.equal(shapes, [
    ["batch", 1, 3],
    [1, "batch", 3, 1],
    ["batch", 3, 1],
    ["batch", 1, 3],
  ]);
  const { y } = await runGraph({ y: g.unsqueeze(a, [-1]) }, { a: rising(2, 3) });
  assert.equal(y!.dims, [2, 3, 1]);
  assert.throws(() => g.unsqueeze(a, [4]), /unsqueeze: axes 4 .*\(batch, 3\)/);
});

test("split cuts any axis", async () => {
  const x = g.constant(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [2, 3, 2],
  );
  const [first, rest] = g.split(x, [1, 2], 1);
  assert.equal(
    [first!.shape, rest!.shape],
    [
      [2, 1, 2],
      [2, 2, 2],
    ],
  );
  const got = await runGraph({ first: first!, rest: rest! });
  assert.equal(got.first!.data, [0, 1, 6, 7]);
  assert.equal(got.rest!.data, [2, 3, 4, 5, 8, 9, 10, 11]);
  assert.throws(() => g.split(x, [1, 1], 1), /split: the parts do not add up: 3 against 2/);
});

test.run();
