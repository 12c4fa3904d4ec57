import { test } from "uvu";
import * as assert from "uvu/assert";
import { NeuronbookError, ShapeError } from "../../src/errors.js";
import * as g from "../../src/graph/index.js";
import { gradients } from "../../src/graph/index.js";
import { seeded } from "../../src/random.js";
import { nearRelative } from "../support/expected.js";
import { type Fed, runGraph } from "../support/run-graph.js";

/** Named sizes that the tests feed. */
const SIZES: Record<string, number> = { batch: 2, time: 3 };

interface Case {
  readonly inputs: Record<string, g.Shape>;
  /** values to draw from; default a normal distribution */
  readonly draw?: (normal: number) => number;
  readonly feeds?: Record<string, Fed>;
  readonly f: (x: Record<string, g.Tensor>) => g.Tensor;
}

const sized = (shape: g.Shape): number[] => shape.map((dim) => (typeof dim === "number" ? dim : SIZES[dim]!));

/**
 * Compares every gradient with central differences of the loss `sum(f(x) * w)`, w random. The loss is summed here in float64 from the
 * outputs, so that differences are good to about 1e-3 of the largest gradient.
 */
async function check(name: string, { inputs, f, draw = (x) => x, feeds = {} }: Case): Promise<void> {
  const random = seeded(7);
  const tensors = Object.fromEntries(Object.entries(inputs).map(([key, shape]) => [key, g.input(key, "float32", shape)]));
  const fed: Record<string, { dims: readonly number[]; data: number[] }> = {};
  for (const [key, shape] of Object.entries(inputs)) {
    const dims = sized(shape);
    fed[key] = { dims, data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => Math.fround(draw(random.normal()))) };
  }
  const y = f(tensors);
  const first = (await runGraph({ y }, { ...fed, ...feeds })).y!;
  const weights = first.data.map(() => Math.fround(random.normal()));
  const w = g.input("w", "float32", y.shape);
  const keys = Object.keys(inputs);
  const made = gradients(
    g.sum(g.mul(y, w)),
    keys.map((key) => tensors[key]!),
  );
  keys.forEach((key, i) => {
    assert.equal(made[i]!.shape, inputs[key], `${name}: shape of the gradient of ${key}`);
  });
  const outputs = Object.fromEntries(keys.map((key, i) => [`d${key}`, made[i]!]));
  const got = await runGraph(outputs, { ...fed, ...feeds, w: { dims: first.dims, data: weights } });
  const step = 2 ** -8;
  for (const key of keys) {
    assert.equal(got[`d${key}`]!.dims, fed[key]!.dims, `${name}: dims of the gradient of ${key}`);
    const largest = Math.max(1, ...got[`d${key}`]!.data.map(Math.abs));
    for (let at = 0; at < fed[key]!.data.length; at++) {
      const losses: number[] = [];
      for (const sign of [1, -1]) {
        const data = fed[key]!.data.slice();
        data[at]! += sign * step;
        const { y: moved } = await runGraph({ y }, { ...fed, [key]: { ...fed[key]!, data }, ...feeds });
        losses.push(moved!.data.reduce((sum, value, i) => sum + value * weights[i]!, 0));
      }
      const difference = (losses[0]! - losses[1]!) / (2 * step);
      const error = Math.abs(difference - got[`d${key}`]!.data[at]!);
      assert.ok(error <= 2e-3 * largest, `${name}: d${key}[${at}] is ${got[`d${key}`]!.data[at]}, by differences ${difference}`);
    }
  }
}

const positive = (x: number) => Math.abs(x) + 0.5;
/** away from kinks, so that a step does not cross one */
const apart = (x: number) => (x >= 0 ? x + 0.1 : x - 0.1);
const ids: Record<string, Fed> = { ids: { dtype: "int64", dims: [2, 3], data: [3, 0, 3, 1, 3, 2] } };
const idsInput = g.input("ids", "int64", ["batch", "time"]);

const CASES: Record<string, Case> = {
  "add, broadcast over leading axes": { inputs: { a: ["batch", 3], b: [3] }, f: ({ a, b }) => g.add(a!, b!) },
  "sub, broadcast over an axis of 1": { inputs: { a: ["batch", 3], b: ["batch", 1] }, f: ({ a, b }) => g.sub(b!, a!) },
  "mul of a scalar": { inputs: { a: ["batch", 3], b: [] }, f: ({ a, b }) => g.mul(a!, b!) },
  "mul of a tensor with itself": { inputs: { a: ["batch", 3] }, f: ({ a }) => g.mul(a!, a!) },
  div: { inputs: { a: [2, 3], b: [3] }, draw: positive, f: ({ a, b }) => g.div(a!, b!) },
  pow: { inputs: { a: [2, 2], b: [2] }, draw: positive, f: ({ a, b }) => g.pow(a!, b!) },
  "maximum and minimum": { inputs: { a: [4], b: [4] }, f: ({ a, b }) => g.add(g.maximum(a!, b!), g.mul(g.minimum(a!, b!), 3)) },
  "neg, abs": { inputs: { a: [4] }, draw: apart, f: ({ a }) => g.mul(g.neg(a!), g.abs(a!)) },
  "exp, log, sqrt": { inputs: { a: [4] }, draw: positive, f: ({ a }) => g.add(g.exp(a!), g.mul(g.log(a!), g.sqrt(a!))) },
  "tanh, sigmoid": { inputs: { a: [4] }, f: ({ a }) => g.mul(g.tanh(a!), g.sigmoid(a!)) },
  softplus: { inputs: { a: [6] }, draw: (x) => 9 * x, f: ({ a }) => g.softplus(a!) },
  relu: { inputs: { a: [6] }, draw: apart, f: ({ a }) => g.relu(a!) },
  silu: { inputs: { a: [6] }, f: ({ a }) => g.silu(a!) },
  gelu: { inputs: { a: [6] }, f: ({ a }) => g.add(g.gelu(a!), g.mul(g.gelu(a!, "tanh"), 2)) },
  where: {
    inputs: { a: ["batch", 3], b: [3] },
    draw: apart,
    f: ({ a, b }) => g.where(g.greater(g.constant(Float32Array.of(1, 0, 1)), 0.5), a!, b!),
  },
  matmul: { inputs: { a: [2, 3], b: [3, 4] }, f: ({ a, b }) => g.matmul(a!, b!) },
  "matmul, both transposed, scaled": {
    inputs: { a: [3, 2], b: [4, 3] },
    f: ({ a, b }) => g.matmul(a!, b!, { transposeA: true, transposeB: true, scale: 0.5 }),
  },
  "matmul, batched": {
    inputs: { a: ["batch", 2, 3], b: ["batch", 4, 3] },
    f: ({ a, b }) => g.matmul(a!, b!, { transposeB: true, scale: 0.3 }),
  },
  "matmul, first transposed in a batch": {
    inputs: { a: ["batch", 3, 2], b: ["batch", 3, 4] },
    f: ({ a, b }) => g.matmul(a!, b!, { transposeA: true }),
  },
  "matmul, broadcast over an axis": { inputs: { a: [2, 2, 2, 3], b: [2, 1, 3, 2] }, f: ({ a, b }) => g.matmul(a!, b!) },
  "linear, a weight shared by a batch": { inputs: { a: ["batch", "time", 3], b: [4, 3] }, f: ({ a, b }) => g.linear(a!, b!) },
  "matmul, a plain weight shared by a batch": { inputs: { a: ["batch", "time", 3], b: [3, 4] }, f: ({ a, b }) => g.matmul(a!, b!) },
  "sum, mean": {
    inputs: { a: ["batch", "time", 2] },
    f: ({ a }) => g.add(g.sum(a!, { axes: [1] }), g.mul(g.mean(a!, { axes: [1] }), g.mean(g.mul(a!, a!)))),
  },
  "max, logSumExp": {
    inputs: { a: ["batch", 4] },
    draw: (x) => 4 * x,
    f: ({ a }) => g.add(g.max(a!, { axes: [1] }), g.logSumExp(a!, { axes: [1] })),
  },
  logSoftmax: { inputs: { a: ["batch", 4] }, draw: (x) => 4 * x, f: ({ a }) => g.logSoftmax(a!) },
  softmax: { inputs: { a: ["batch", 4] }, f: ({ a }) => g.softmax(a!) },
  "softmax over a middle axis": { inputs: { a: [2, 3, 2] }, f: ({ a }) => g.softmax(a!, 1) },
  rmsNorm: { inputs: { a: ["batch", "time", 4], b: [4] }, f: ({ a, b }) => g.rmsNorm(a!, b!, 1e-5) },
  "addRmsNorm, both results": {
    inputs: { a: ["batch", "time", 4], b: ["batch", "time", 4], c: [4] },
    f: ({ a, b, c }) => {
      const [norm, total] = g.addRmsNorm(a!, b!, c!, 1e-5);
      return g.mul(norm, g.exp(total));
    },
  },
  "addRmsNorm, the sum alone": {
    inputs: { a: ["batch", "time", 4], b: ["batch", "time", 4] },
    f: ({ a, b }) => g.exp(g.addRmsNorm(a!, b!, g.constant(Float32Array.of(1, 2, 3, 4)), 1e-5)[1]),
  },
  "reshape, transpose": {
    inputs: { a: ["batch", "time", 4] },
    f: ({ a }) =>
      g.mul(
        g.transpose(g.reshape(a!, ["batch", "time", 2, 2]), [0, 2, 1, 3]),
        g.transpose(g.reshape(a!, ["batch", "time", 2, 2]), [0, 3, 1, 2]),
      ),
  },
  "flattened names": { inputs: { a: ["batch", "time", 2] }, f: ({ a }) => g.exp(g.reshape(a!, ["positions", 2])) },
  "unsqueeze, concat, split": {
    inputs: { a: ["batch", 2], b: ["batch", 3] },
    f: ({ a, b }) => {
      const [left, right] = g.split(g.concat([a!, g.exp(b!)], 1), [3, 2]);
      return g.mul(g.unsqueeze(left!, [1]), g.sum(right!));
    },
  },
  "split with one part unused": { inputs: { a: [2, 5] }, f: ({ a }) => g.exp(g.split(a!, [2, 3])[1]!) },
  "gather of rows, repeated": { inputs: { a: [4, 2] }, feeds: ids, f: ({ a }) => g.exp(g.gather(a!, idsInput)) },
  "gather along a middle axis": { inputs: { a: [2, 4, 2] }, f: ({ a }) => g.exp(g.gather(a!, g.integers([3, 1, 3]), 1)) },
  "gather of one": { inputs: { a: [2, 4, 2] }, f: ({ a }) => g.mul(g.gather(a!, 2, 1), g.gather(a!, 0, 1)) },
  gatherElements: { inputs: { a: ["batch", 4] }, feeds: ids, f: ({ a }) => g.exp(g.gatherElements(a!, idsInput, 1)) },
  rotary: {
    inputs: { a: ["batch", 2, "time", 4] },
    feeds: ids,
    f: ({ a }) => g.rotary(a!, idsInput, g.constant(angles(Math.cos), [4, 2]), g.constant(angles(Math.sin), [4, 2])),
  },
  cast: { inputs: { a: [3] }, f: ({ a }) => g.cast(g.mul(a!, a!), "float32") },
};

const angles = (f: (angle: number) => number) => Float32Array.from({ length: 8 }, (_, i) => f((i >> 1) * (i % 2 ? 0.3 : 1.1)));

for (const [name, made] of Object.entries(CASES)) test(`gradient by differences: ${name}`, () => check(name, made));

test("a gradient with respect to a value on the way, and to what the loss does not need", async () => {
  const x = g.input("x", "float32", [3]);
  const other = g.input("other", "float32", ["n"]);
  const site = g.mul(x, 2);
  const loss = g.sum(g.mul(site, site));
  const [atSite, atX, none] = gradients(loss, [site, x, other]);
  const got = await runGraph(
    { atSite: atSite!, atX: atX!, none: none! },
    { x: { dims: [3], data: [1, -2, 3] }, other: { dims: [2], data: [5, 6] } },
  );
  assert.equal(got.atSite!.data, [4, -8, 12]);
  assert.equal(got.atX!.data, [8, -16, 24]);
  assert.equal(got.none!.data, [0, 0]);
});

test("stopGradient gives its value and no gradient", async () => {
  const x = g.input("x", "float32", [2]);
  const y = g.mul(x, g.stopGradient(x));
  const got = await runGraph({ y, dx: gradients(g.sum(y), [x])[0]! }, { x: { dims: [2], data: [3, -4] } });
  assert.equal(got.y!.data, [9, 16]);
  assert.equal(got.dx!.data, [3, -4]);
});

test("cheap ops run again in backward, once each, and give the same gradients", async () => {
  const [x, w, gain] = [g.input("x", "float32", ["batch", 4]), g.input("w", "float32", [4, 4]), g.input("gain", "float32", [4])];
  const layer = (y: g.Tensor) => {
    const gate = g.linear(g.rmsNorm(y, gain, 1e-5), w);
    return g.linear(g.mul(g.silu(gate), g.linear(y, w)), w);
  };
  let y: g.Tensor = x;
  for (let i = 0; i < 3; i++) {
    const [norm, sum] = g.addRmsNorm(y, layer(y), gain, 1e-5);
    y = g.add(sum, g.softmax(norm));
  }
  const loss = g.sum(g.mul(y, y));
  const cheap = new Set(["Mul", "Add", "QuickGelu", "Softmax", "SimplifiedLayerNormalization"]);
  const graph = (again: boolean) =>
    Object.fromEntries(gradients(loss, [x, w, gain], ({ type }) => again && cheap.has(type)).map((made, i) => [`d${i}`, made]));
  const feeds = {
    x: { dims: [2, 4], data: [1, -2, 0.5, 3, 0.25, -1, 2, 1] },
    w: { dims: [4, 4], data: Array.from({ length: 16 }, (_, i) => Math.sin(i)) },
    gain: { dims: [4], data: [1, 0.5, 2, 1.5] },
  };
  const [kept, again] = [await runGraph(graph(false), feeds), await runGraph(graph(true), feeds)];
  for (const name of ["d0", "d1", "d2"]) nearRelative(again[name]!.data, kept[name]!.data, 1e-6, name);
  const count = (made: Record<string, g.Tensor>) => Buffer.from(g.compile(made).bytes).toString("latin1").split("QuickGelu_").length - 1;
  assert.equal([count(graph(false)), count(graph(true))], [3, 6]);
});

test("a gradient with respect to a sum counts what flows through the norm made with it", async () => {
  const [x, update] = [g.input("x", "float32", [1, 3]), g.input("update", "float32", [1, 3])];
  const gain = g.constant(Float32Array.of(1, 2, 3));
  const w = g.constant(Float32Array.of(0.3, -1, 2));
  const [norm, total] = g.addRmsNorm(x, update, gain, 1e-5);
  const loss = g.sum(g.mul(g.add(norm, total), w));
  const [atSum, alone, atX] = [...gradients(loss, [total]), ...gradients(loss, [total, x])];
  const parted = g.add(x, update);
  const other = g.sum(g.mul(g.add(g.rmsNorm(parted, gain, 1e-5), parted), w));
  const got = await runGraph(
    { atSum: atSum!, alone: alone!, atX: atX!, wanted: gradients(other, [parted])[0]! },
    { x: { dims: [1, 3], data: [1, -2, 3] }, update: { dims: [1, 3], data: [0.5, 0.25, -1] } },
  );
  for (const name of ["atSum", "alone", "atX"]) nearRelative(got[name]!.data, got.wanted!.data, 1e-6, name);
});

test("rows of an embedding that many tokens share get all of their gradients, in as many threads as there are", async () => {
  const table = g.input("table", "float32", [2, 64]);
  const ids = g.input("ids", "int64", ["n"]);
  const tokens = 5000;
  const [made] = gradients(g.sum(g.gather(table, ids)), [table]);
  const { gradient } = await runGraph(
    { gradient: made! },
    {
      table: { dims: [2, 64], data: new Array(128).fill(1) },
      ids: { dtype: "int64", dims: [tokens], data: Array.from({ length: tokens }, (_, i) => i % 2) },
    },
    { threads: 2 },
  );
  assert.ok(gradient!.data.every((value) => value === tokens / 2));
});

test("fused attention is refused with what to do", () => {
  const x = g.input("x", "float32", ["batch", "time", 16]);
  const past = g.input("past", "float32", ["batch", 1, "past", 16]);
  const z = g.groupedAttention({
    query: x,
    key: x,
    value: x,
    pastKey: past,
    pastValue: past,
    lengths: g.input("lengths", "int32", ["batch"]),
    total: g.input("total", "int32", []),
    heads: 1,
    kvHeads: 1,
    size: 16,
  });
  assert.throws(
    () => gradients(g.sum(z), [x]),
    (error: unknown) => error instanceof NeuronbookError && /GroupQueryAttention has no gradient.*explicit form/.test(error.message),
  );
});

test("a loss that is no scalar, and an op without a gradient, are refused by name", () => {
  const x = g.input("x", "float32", [3]);
  assert.throws(
    () => gradients(g.mul(x, 2), [x]),
    (error: unknown) => error instanceof ShapeError && error.message.includes("(3)"),
  );
  const cut = g.sum(g.cast(g.argmax(g.reshape(x, [1, 3]), 1), "float32"));
  assert.throws(
    () => gradients(cut, [x]),
    (error: unknown) => error instanceof NeuronbookError && error.message.startsWith("ArgMax has no gradient"),
  );
});

test("a deep graph does not overflow the stack", () => {
  const x = g.input("x", "float32", [1]);
  let y: g.Tensor = x;
  for (let i = 0; i < 20000; i++) y = g.add(y, x);
  assert.is(gradients(g.sum(y), [x]).length, 1);
});

test.run();
