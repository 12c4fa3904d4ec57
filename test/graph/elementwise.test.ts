import { test } from "uvu";
import * as assert from "uvu/assert";
import { ShapeError } from "../../src/errors.js";
import * as g from "../../src/graph/index.js";
import { near } from "../support/expected.js";
import { runGraph } from "../support/run-graph.js";

const x = { dims: [2, 1, 3], data: [-2, -0.5, 0, 0.25, 1, 3] };
const y = { dims: [4, 1], data: [1, -1, 2, 0.5] };

test("binary ops broadcast as NumPy does", async () => {
  const [a, b] = [g.input("a", "float32", ["batch", 1, 3]), g.input("b", "float32", [4, 1])];
  const ops: [string, (p: g.Tensor, q: g.Tensor) => g.Tensor, (p: number, q: number) => number][] = [
    ["add", g.add, (p, q) => p + q],
    ["sub", g.sub, (p, q) => p - q],
    ["mul", g.mul, (p, q) => p * q],
    ["div", g.div, (p, q) => p / q],
    ["maximum", g.maximum, Math.max],
    ["minimum", g.minimum, Math.min],
    ["greater", g.greater, (p, q) => Number(p > q)],
    ["less", g.less, (p, q) => Number(p < q)],
    ["equal", g.equal, (p, q) => Number(p === q)],
  ];
  const results = await runGraph(Object.fromEntries(ops.map(([name, op]) => [name, op(a, b)])), { a: x, b: y });
  for (const [name, op, plain] of ops) {
    assert.equal(op(a, b).shape, ["batch", 4, 3], name);
    assert.equal(results[name]!.dims, [2, 4, 3], name);
    const wanted = [0, 1].flatMap((i) => y.data.flatMap((q) => [0, 1, 2].map((k) => plain(x.data[3 * i + k]!, q))));
    near(results[name]!.data, wanted, 1e-6, name);
  }
});

test("numbers stand for constants on either side", async () => {
  const a = g.input("a", "float32", ["n"]);
  const { left, right, power } = await runGraph(
    { left: g.sub(1, a), right: g.div(a, 4), power: g.pow(g.abs(a), 3) },
    { a: { dims: [3], data: [-2, 0.5, 8] } },
  );
  near(left!.data, [3, 0.5, -7], 0);
  near(right!.data, [-0.5, 0.125, 2], 0);
  near(power!.data, [8, 0.125, 512], 1e-4);
});

test("unary ops are those of Math", async () => {
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  const tanhGelu = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  const ops: [string, (t: g.Tensor) => g.Tensor, (v: number) => number][] = [
    ["neg", g.neg, (v) => -v],
    ["abs", g.abs, Math.abs],
    ["exp", g.exp, Math.exp],
    ["log", (t) => g.log(g.abs(t)), (v) => Math.log(Math.abs(v))],
    ["sqrt", (t) => g.sqrt(g.abs(t)), (v) => Math.sqrt(Math.abs(v))],
    ["tanh", g.tanh, Math.tanh],
    ["relu", g.relu, (v) => Math.max(0, v)],
    ["sigmoid", g.sigmoid, sigmoid],
    ["silu", g.silu, (v) => v * sigmoid(v)],
    ["gelu-tanh", (t) => g.gelu(t, "tanh"), tanhGelu],
  ];
  const data = [-3, -0.7, 0.1, 0.9, 2.5];
  const a = g.input("a", "float32", ["n"]);
  const results = await runGraph(Object.fromEntries(ops.map(([name, op]) => [name, op(a)])), { a: { dims: [5], data } });
  for (const [name, , plain] of ops) near(results[name]!.data, data.map(plain), 2e-6, name);
});

test("gelu is x times the normal distribution function", async () => {
  const { y: got } = await runGraph({ y: g.gelu(g.constant(Float32Array.of(-1, 0, 1, 2))) });
  near(got!.data, [-0.15865525, 0, 0.84134475, 1.9544997], 1e-6);
});

test("where chooses by a condition that broadcasts", async () => {
  const condition = g.input("c", "bool", ["n", 1]);
  const a = g.input("a", "float32", [3]);
  const { y: got } = await runGraph(
    { y: g.where(condition, a, -1) },
    { c: { dtype: "bool", dims: [2, 1], data: [1, 0] }, a: { dims: [3], data: [5, 6, 7] } },
  );
  assert.equal(got, { dims: [2, 3], data: [5, 6, 7, -1, -1, -1] });
});

test("and joins conditions, cast changes the type", async () => {
  const a = g.input("a", "float32", [4]);
  const both = g.and(g.greater(a, 0), g.less(a, 2));
  const { y: got, whole } = await runGraph(
    { y: g.cast(both, "float32"), whole: g.cast(a, "int64") },
    { a: { dims: [4], data: [-1, 1.75, 3, 0.5] } },
  );
  assert.equal(got!.data, [0, 1, 0, 1]);
  assert.equal(whole!.data, [-1, 1, 3, 0]);
  assert.is(g.cast(a, "float32"), a);
});

test("shapes that do not broadcast are refused with the op and both shapes", () => {
  const a = g.input("a", "float32", ["batch", 3]);
  for (const other of [[4], ["time", 3], [2, "batch", 4]] as g.Shape[])
    try {
      g.mul(a, g.input("b", "float32", other));
      assert.unreachable(`accepted ${other}`);
    } catch (error) {
      assert.instance(error, ShapeError);
      assert.match((error as Error).message, /^Mul: .*\(batch, 3\)/);
      assert.ok((error as Error).message.includes(`(${other.join(", ")})`));
      assert.equal((error as ShapeError).shapes, [["batch", 3], other]);
    }
});

test("operands of different types are refused", () => {
  const [a, whole] = [g.input("a", "float32", [3]), g.input("i", "int64", [3])];
  assert.throws(() => g.add(a, whole), /Add: dtypes float32 \(3\) and int64 \(3\)/);
  assert.throws(() => g.where(a, a, a), /Where: the condition must be bool/);
  assert.throws(() => g.where(g.greater(a, 0), a, whole), /Where: dtypes float32 \(3\) and int64 \(3\)/);
});

test.run();
