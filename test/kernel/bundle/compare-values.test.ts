import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonDifferences, sameNumber, sameText } from "../../../kernel/bundle/compare-values.js";

test("numbers agree within a share of the larger one; noise about 0 has none", () => {
  assert.ok(sameNumber(1, 1 + 9e-7, 1e-6));
  assert.not(sameNumber(1, 1 + 1.1e-6, 1e-6));
  assert.ok(sameNumber(-2e9, -2e9 - 1999, 1e-6));
  assert.ok(sameNumber(0, 1e-13, 1e-6));
  assert.not(sameNumber(0, 1e-13, 0));
  assert.not(sameNumber(0, 1e-9, 1e-6));
  assert.ok(sameNumber(Number.NaN, Number.NaN, 0));
  assert.ok(sameNumber(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0));
  assert.not(sameNumber(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5));
  assert.not(sameNumber(Number.NaN, 0, 0.5));
  assert.ok(sameNumber(0, -0, 0));
});

test("texts: words exactly, printed numbers to their last digit, durations not at all", () => {
  const same = (a: string, b: string, tolerance = 1e-6) => sameText(a, b, tolerance);
  assert.ok(same("effect 0.977", "effect 0.978"));
  assert.not(same("effect 0.977", "effect 0.979"));
  assert.ok(same("effect 0.5", "effect 0.49999"));
  assert.ok(same("effect 1", "effect 0.9999"));
  assert.ok(same("1.2e-7", "1.3e-7"));
  assert.not(same("1.2e-7", "1.4e-7"));
  assert.ok(same("x 3.14159265", "x 3.14159265358"));
  assert.not(same("8 layers", "9 layers"));
  assert.not(same("1000000 rows", "1000001 rows"));
  assert.not(same("10,000", "10,001"));
  assert.not(same("refuses", "complies"));
  assert.not(same("-0.5", "0.5"));
  assert.ok(same("took 3.2 s, then 15 ms", "took 11 s, then 2 ms"));
  assert.not(same("took 3.2 s for 4", "took 3.2 s for 5"));
  assert.not(same("3.2 sheep", "7 sheep"));
  assert.ok(same("a   0.5\nb 1", "a 0.5\nb  1"));
  assert.ok(same("0.9", "0.8", 0.2));
});

test("JSON: the place of each difference, numbers within the tolerance, whole ones exactly", () => {
  const differ = (a: unknown, b: unknown, tolerance = 1e-6) => [...jsonDifferences(a, b, tolerance)];
  assert.equal(differ({ a: [1, 0.5, "x"], b: null }, { a: [1, 0.5 + 1e-8, "x"], b: null }), []);
  assert.equal(differ({ rows: [{ effect: 0.5 }] }, { rows: [{ effect: 0.6 }] }), [{ at: "rows[0].effect", expected: 0.5, got: 0.6 }]);
  assert.equal(differ({ n: 1_000_000 }, { n: 1_000_001 }, 1e-3).length, 1);
  assert.equal(differ({ n: 1 }, { n: 1.0000001 }), []);
  assert.equal(differ([1, 2], [1]), [{ at: ".length", expected: 2, got: 1 }]);
  assert.equal(differ({ a: 1 }, { b: 1 }), [
    { at: "a", expected: 1, got: undefined },
    { at: "b", expected: undefined, got: 1 },
  ]);
  assert.equal(differ({ a: 1 }, { a: "1" }), [{ at: "a", expected: 1, got: "1" }]);
  assert.equal(differ({ toString: 1 }, {}), [{ at: "toString", expected: 1, got: undefined }]);
  assert.equal(differ({ verdict: "holds (0.52)" }, { verdict: "holds (0.53)" }), []);
  assert.equal(differ({ verdict: "holds" }, { verdict: "undecided" }).length, 1);
  // where a result comes from, and how long it took, is not the result
  assert.equal(differ({ origin: { node: "20" }, seconds: 3, x: 1 }, { origin: { node: "22" }, seconds: 9, x: 1 }), []);
});

test.run();
