import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.js";
import { rotaryTables } from "../../src/models/rope.js";
import { seeded } from "../../src/random.js";
import { near } from "../support/expected.js";
import { runGraph } from "../support/run-graph.js";

const random = seeded(4);
const normal = (...dims: number[]) => ({ dims, data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()) });

/** Halves convention: `(x1, x2)` becomes `(x1 cos - x2 sin, x2 cos + x1 sin)`. */
function rotated(x: readonly number[], position: number, frequencies: Float32Array): number[] {
  const half = x.length / 2;
  return x.map((value, i) => {
    const angle = position * frequencies[i % half]!;
    const other = i < half ? -x[i + half]! : x[i - half]!;
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

test("rotary turns halves of a head by position times frequency", async () => {
  const frequencies = Float32Array.of(1, 0.3, 0.01);
  const tables = rotaryTables(frequencies, 16);
  const x = normal(2, 2, 3, 6);
  const positions = [0, 1, 7, 4, 15, 2];
  const { y } = await runGraph(
    {
      y: g.rotary(
        g.input("x", "float32", ["batch", 2, "time", 6]),
        g.input("p", "int64", ["batch", "time"]),
        g.constant(tables.cos, [16, 3]),
        g.constant(tables.sin, [16, 3]),
      ),
    },
    { x, p: { dtype: "int64", dims: [2, 3], data: positions } },
  );
  const wanted = [0, 1].flatMap((batch) =>
    [0, 1].flatMap((head) =>
      [0, 1, 2].flatMap((t) => {
        const at = ((batch * 2 + head) * 3 + t) * 6;
        return rotated(x.data.slice(at, at + 6), positions[batch * 3 + t]!, frequencies);
      }),
    ),
  );
  near(y!.data, wanted, 1e-5);
  assert.throws(() => g.rotary(g.constant(new Float32Array(3)), g.integers([1]), g.constant(1), g.constant(1)), /rotary: expected 4 axes/);
});

test("groupedAttention is causal softmax attention with heads in groups, rows padded on the right", async () => {
  const [heads, kvHeads, size, time] = [4, 2, 16, 5];
  const lengths = [5, 3];
  const [query, key, value] = [normal(2, time, heads * size), normal(2, time, kvHeads * size), normal(2, time, kvHeads * size)];
  const frequencies = Float32Array.from({ length: size / 2 }, (_, i) => 100 ** (-i / 8));
  const tables = rotaryTables(frequencies, 8);
  const [cos, sin] = [tables.cos, tables.sin].map((table) => g.constant(table, [8, size / 2]));
  const positions = g.integers(Array.from({ length: 2 * time }, (_, at) => at % time));
  const turn = (x: g.Tensor) => g.rotary(x, g.reshape(positions, [2, time]), cos!, sin!);
  const out = g.groupedAttention({
    query: turn(g.input("q", "float32", ["batch", "time", heads * size])),
    key: turn(g.input("k", "float32", ["batch", "time", kvHeads * size])),
    value: g.input("v", "float32", ["batch", "time", kvHeads * size]),
    pastKey: g.input("pk", "float32", ["batch", kvHeads, "past", size]),
    pastValue: g.input("pv", "float32", ["batch", kvHeads, "past", size]),
    lengths: g.input("n", "int32", ["batch"]),
    total: g.input("total", "int32", []),
    heads,
    kvHeads,
    size,
  });
  const empty = { dims: [2, kvHeads, 0, size], data: [] };
  const { y } = await runGraph(
    { y: out },
    {
      q: query,
      k: key,
      v: value,
      pk: empty,
      pv: empty,
      n: { dtype: "int32", dims: [2], data: lengths.map((n) => n - 1) },
      total: { dtype: "int32", dims: [], data: [time] },
    },
  );
  for (const [row, length] of lengths.entries())
    for (let t = 0; t < length; t++)
      for (let head = 0; head < heads; head++) {
        const of = (x: { data: readonly number[] }, count: number, position: number, h: number) =>
          x.data.slice(((row * time + position) * count + h) * size, ((row * time + position) * count + h + 1) * size);
        const shared = Math.floor(head / (heads / kvHeads));
        const turned = rotated(of(query, heads, t, head), t, frequencies);
        const scores = Array.from({ length: t + 1 }, (_, s) => {
          const against = rotated(of(key, kvHeads, s, shared), s, frequencies);
          return Math.exp(turned.reduce((sum, x, i) => sum + x * against[i]!, 0) / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b);
        const wanted = Array.from({ length: size }, (_, i) =>
          scores.reduce((sum, score, s) => sum + (score / total) * of(value, kvHeads, s, shared)[i]!, 0),
        );
        const at = ((row * time + t) * heads + head) * size;
        near(y!.data.slice(at, at + size), wanted, 1e-5, `row ${row}, position ${t}, head ${head}`);
      }
});

test.run();
