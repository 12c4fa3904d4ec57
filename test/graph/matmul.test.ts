import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.js";
import { seeded } from "../../src/random.js";
import { near } from "../support/expected.js";
import { runGraph } from "../support/run-graph.js";

const random = seeded(3);
const normal = (...dims: number[]) => ({ dims, data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()) });

/** `(m, k) @ (k, n)`. */
function product(a: readonly number[], b: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    return Array.from({ length: k }, (_, i) => a[row * k + i]! * b[i * n + column]!).reduce((x, y) => x + y, 0);
  });
}

const transposed = (a: readonly number[], rows: number, columns: number) =>
  Array.from({ length: a.length }, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)]!);

test("matmul, with either operand transposed and the product scaled", async () => {
  const [a, b] = [normal(3, 4), normal(4, 5)];
  const [x, y] = [g.input("a", "float32", ["m", 4]), g.input("b", "float32", [4, "n"])];
  const [xt, yt] = [g.input("at", "float32", [4, "m"]), g.input("bt", "float32", ["n", 4])];
  const { plain, left, right, both } = await runGraph(
    {
      plain: g.matmul(x, y),
      left: g.matmul(xt, y, { transposeA: true }),
      right: g.matmul(x, yt, { transposeB: true, scale: 0.5 }),
      both: g.matmul(xt, yt, { transposeA: true, transposeB: true }),
    },
    { a, b, at: { dims: [4, 3], data: transposed(a.data, 3, 4) }, bt: { dims: [5, 4], data: transposed(b.data, 4, 5) } },
  );
  const wanted = product(a.data, b.data, 3, 4, 5);
  near(plain!.data, wanted, 1e-5);
  near(left!.data, wanted, 1e-5);
  near(both!.data, wanted, 1e-5);
  near(
    right!.data,
    wanted.map((v) => v / 2),
    1e-5,
  );
  assert.equal(right!.dims, [3, 5]);
});

test("leading axes broadcast", async () => {
  const [a, b] = [normal(2, 3, 2, 4), normal(2, 1, 4, 2)];
  const wide = g.matmul(g.input("a", "float32", ["batch", 3, 2, 4]), g.input("b", "float32", ["batch", 1, 4, 2]));
  assert.equal(wide.shape, ["batch", 3, 2, 2]);
  const { y } = await runGraph({ y: wide }, { a, b });
  const wanted = [0, 1].flatMap((i) =>
    [0, 1, 2].flatMap((j) => product(a.data.slice((3 * i + j) * 8, (3 * i + j + 1) * 8), b.data.slice(i * 8, i * 8 + 8), 2, 4, 2)),
  );
  near(y!.data, wanted, 1e-5);
});

test("linear multiplies by the transposed weight", async () => {
  const [x, w] = [normal(2, 3, 4), normal(5, 4)];
  const { y } = await runGraph({ y: g.linear(g.input("x", "float32", ["batch", "time", 4]), g.input("w", "float32", [5, 4])) }, { x, w });
  assert.equal(y!.dims, [2, 3, 5]);
  near(y!.data, product(x.data, transposed(w.data, 5, 4), 6, 4, 5), 1e-5);
});

test("sizes that do not go together are refused with both shapes", () => {
  const x = g.input("x", "float32", ["batch", "time", 4]);
  assert.throws(
    () => g.linear(x, g.input("w", "float32", [5, 6])),
    /matmul: inner sizes differ: 4 against 6 in shapes \(batch, time, 4\) and \(5, 6\)/,
  );
  assert.throws(() => g.linear(x, g.input("w", "float32", [4])), /linear: expected 2 axes; got shape \(4\)/);
  assert.throws(
    () => g.matmul(g.input("p", "float32", [2, 3, 4]), g.input("q", "float32", [3, 4, 5])),
    /matmul: shapes \(2\) and \(3\) do not broadcast/,
  );
  assert.throws(() => g.matmul(g.input("v", "float32", [4]), g.input("w", "float32", [4, 2])), /matmul: .*\(4\)/);
});

test.run();
