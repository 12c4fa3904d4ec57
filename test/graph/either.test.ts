import { test } from "uvu";
import * as assert from "uvu/assert";
import { ShapeError } from "../../src/errors.js";
import * as g from "../../src/graph/index.js";
import { runGraph } from "../support/run-graph.js";

const a = g.input("a", "float32", ["n"]);
const b = g.input("b", "float32", ["n"]);
const condition = g.input("condition", "bool", []);
const asked = async (outputs: Record<string, g.Tensor>, holds: boolean) => {
  const feeds = { a: { dims: [3], data: [1, 2, 3] }, b: { dims: [3], data: [10, 20, 30] } };
  const results = await runGraph(outputs, { ...feeds, condition: { dtype: "bool", dims: [], data: [Number(holds)] } });
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
};

test("one way or the other, over values from outside", async () => {
  const sum = g.add(a, b);
  const y = g.either(condition, { ifTrue: g.mul(sum, 2), ifFalse: g.sub(sum, 1) }, [sum]);
  assert.equal(await asked({ y }, true), { y: [22, 44, 66] });
  assert.equal(await asked({ y }, false), { y: [10, 21, 32] });
});

test("what one way alone needs is computed nowhere else; what is wanted outside as well is", async () => {
  const root = g.sqrt(a);
  const y = g.either(condition, { ifTrue: g.add(root, b), ifFalse: g.neg(g.exp(g.mul(a, 0))) });
  const occurrences = (text: string) => Buffer.from(g.compile({ y }).bytes).toString("latin1").split(text).length - 1;
  assert.is(occurrences("Exp_"), 1);
  assert.equal(await asked({ y, twice: g.mul(root, 2), out: root }, false), {
    y: [-1, -1, -1],
    twice: [2, 2 * Math.SQRT2, 2 * 3 ** 0.5].map(Math.fround),
    out: [1, Math.SQRT2, 3 ** 0.5].map(Math.fround),
  });
  assert.equal((await asked({ out: root, y }, true)).y, [11, 20 + Math.SQRT2, 30 + 3 ** 0.5].map(Math.fround));
});

test("a way may be a value from outside, and may choose in its turn", async () => {
  const inner = g.either(condition, { ifTrue: g.mul(a, 3), ifFalse: g.mul(b, 3) });
  const y = g.either(condition, { ifTrue: g.add(inner, 1), ifFalse: a });
  assert.equal(await asked({ y }, true), { y: [4, 7, 10] });
  assert.equal(await asked({ y, after: g.add(inner, 2) }, false), { y: [1, 2, 3], after: [32, 62, 92] });
});

test("ways of different shape or type, and other conditions, are refused", () => {
  const refused = (make: () => unknown, pattern: RegExp) =>
    assert.throws(make, (error: Error) => error instanceof ShapeError && pattern.test(error.message));
  refused(() => g.either(a, { ifTrue: a, ifFalse: b }), /expected 0 axes/);
  refused(() => g.either(g.input("c", "float32", []), { ifTrue: a, ifFalse: b }), /the condition is float32; make it bool/);
  refused(() => g.either(condition, { ifTrue: a, ifFalse: g.input("m", "float32", ["m"]) }), /the ways differ in shape/);
  refused(() => g.either(condition, { ifTrue: a, ifFalse: g.input("i", "int64", ["n"]) }), /one way gives float32, the other int64/);
});

test("a choice has no gradient", () => {
  const y = g.either(condition, { ifTrue: g.mul(a, 2), ifFalse: g.mul(a, 3) });
  assert.throws(() => g.gradients(g.sum(y, { axes: [0] }), [a]), /If has no gradient/);
});

test.run();
