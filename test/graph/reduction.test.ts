import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.js";
import { near } from "../support/expected.js";
import { runGraph } from "../support/run-graph.js";

const a = g.input("a", "float32", ["batch", 2, 3]);
const data = [1, -2, 3, 4, 0.5, -6, 7, 8, -9, 10, 11, 12];
const fed = { a: { dims: [2, 2, 3], data } };
const at = (i: number, j: number, k: number) => data[(i * 2 + j) * 3 + k]!;

test("reductions over some axes, all axes, and with axes kept", async () => {
  const kept = g.mean(a, { axes: [-1], keep: true });
  const outer = g.sum(a, { axes: [0, 2] });
  assert.equal([kept.shape, outer.shape, g.max(a).shape], [["batch", 2, 1], [2], []]);
  const { m, s, all, most } = await runGraph({ m: kept, s: outer, all: g.sum(a), most: g.max(a, { axes: [1] }) }, fed);
  const rows = [0, 1].flatMap((i) => [0, 1].map((j) => [0, 1, 2].map((k) => at(i, j, k))));
  near(
    m!.data,
    rows.map((row) => row.reduce((x, y) => x + y) / 3),
    1e-6,
  );
  near(
    s!.data,
    [0, 1].map((j) => [0, 1].flatMap((i) => [0, 1, 2].map((k) => at(i, j, k))).reduce((x, y) => x + y)),
    1e-6,
  );
  near(all!.data, [data.reduce((x, y) => x + y)], 1e-5);
  near(
    most!.data,
    [0, 1].flatMap((i) => [0, 1, 2].map((k) => Math.max(at(i, 0, k), at(i, 1, k)))),
    0,
  );
});

test("no axes reduce nothing", async () => {
  const same = g.sum(a, { axes: [] });
  assert.equal(same.shape, a.shape);
  const { y } = await runGraph({ y: same }, fed);
  assert.equal(y!.data, data);
});

test("sums of squares, over all axes and over one", async () => {
  const { all, rows } = await runGraph({ all: g.sumSquares(a), rows: g.sumSquares(a, { axes: [2] }) }, fed);
  near(all!.data, [data.reduce((x, y) => x + y * y, 0)], 1e-4);
  near(
    rows!.data,
    [0, 1].flatMap((i) => [0, 1].map((j) => [0, 1, 2].reduce((x, k) => x + at(i, j, k) ** 2, 0))),
    1e-4,
  );
});

test("logSumExp is stable for large values", async () => {
  const { y } = await runGraph({ y: g.logSumExp(g.constant(Float32Array.of(1000, 1001, 999)), { axes: [0] }) });
  near(y!.data, [1001 + Math.log(1 + Math.exp(-1) + Math.exp(-2))], 1e-3);
});

test("argmax takes the first of equals", async () => {
  const tied = g.constant(Float32Array.of(1, 5, 5, 7, 2, 7), [2, 3]);
  const { last, first } = await runGraph({ last: g.argmax(tied), first: g.argmax(tied, 0) });
  assert.equal(last, { dims: [2], data: [1, 0] });
  assert.equal(first, { dims: [3], data: [1, 0, 1] });
});

test("softmax along any axis adds up to 1", async () => {
  const { last, middle } = await runGraph({ last: g.softmax(a), middle: g.softmax(a, 1) }, fed);
  const plain = (values: number[], value: number) => Math.exp(value) / values.reduce((sum, v) => sum + Math.exp(v), 0);
  const wanted = (along: (i: number, j: number, k: number) => number[]) =>
    [0, 1].flatMap((i) => [0, 1].flatMap((j) => [0, 1, 2].map((k) => plain(along(i, j, k), at(i, j, k)))));
  near(
    last!.data,
    wanted((i, j) => [0, 1, 2].map((k) => at(i, j, k))),
    1e-6,
  );
  near(
    middle!.data,
    wanted((i, _, k) => [0, 1].map((j) => at(i, j, k))),
    1e-6,
  );
});

test("rmsNorm divides by the root of the mean square and multiplies by the gain", async () => {
  const gain = [0.5, 2, -1];
  const { y } = await runGraph({ y: g.rmsNorm(a, g.constant(Float32Array.from(gain)), 0.1) }, fed);
  const wanted = [0, 1, 2, 3].flatMap((row) => {
    const values = data.slice(row * 3, row * 3 + 3);
    const root = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / 3 + 0.1);
    return values.map((v, k) => (v / root) * gain[k]!);
  });
  near(y!.data, wanted, 1e-5);
});

test("axes outside the shape and gains of another size are refused", () => {
  assert.throws(() => g.sum(a, { axes: [3] }), /ReduceSum: axis 3 is outside shape \(batch, 2, 3\)/);
  assert.throws(() => g.softmax(a, -4), /softmax: axis -4 is outside shape \(batch, 2, 3\)/);
  assert.throws(() => g.argmax(a, 1.5), /argmax: axis 1.5/);
  assert.throws(() => g.rmsNorm(a, g.constant(new Float32Array(4)), 1e-5), /rmsNorm: .*\(batch, 2, 3\).*\(4\)/);
});

test("addRmsNorm gives the sum and what rmsNorm makes of it", async () => {
  const b = g.input("b", "float32", ["batch", 2, 3]);
  const gain = g.constant(Float32Array.of(1, 2, -1));
  const [norm, sum] = g.addRmsNorm(a, b, gain, 1e-3);
  const feeds = { ...fed, b: { dims: [2, 2, 3], data: data.map((x) => 1 - x * x) } };
  const got = await runGraph({ norm, sum, apart: g.rmsNorm(g.add(a, b), gain, 1e-3) }, feeds);
  near(got.norm!.data, got.apart!.data, 1e-6);
  near(
    got.sum!.data,
    data.map((x) => x + 1 - x * x),
    1e-6,
  );
  assert.throws(
    () => g.addRmsNorm(a, g.input("c", "float32", ["batch", 3]), gain, 1e-3),
    /addRmsNorm: shapes \(batch, 2, 3\) and \(batch, 3\)/,
  );
});

test.run();
