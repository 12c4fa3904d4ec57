import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { rankWindow, topCount } from "../../src/neurons/rank-range.js";

test("a number below 1 is a share, rounded down; from 1 on it is a count", () => {
  assert.equal(
    [0.05, 0, 1, 46_080, 0.9999].map((p) => topCount(p, 46_080)),
    [2304, 0, 1, 46_080, 46_075],
  );
});

test("windows are half-open and take shares or ranks", () => {
  assert.equal(rankWindow(5, 10, 100), [5, 10]);
  assert.equal(rankWindow(0, 1, 100), [0, 1]);
  assert.equal(rankWindow(0, 0.05, 46_080), [0, 2304]);
  assert.equal(rankWindow(0.95, 1, 100), [95, 100]);
});

test("consecutive windows of shares cover all ranks once", () => {
  let end = 0;
  for (let step = 0; step < 20; step++) {
    const [from, to] = rankWindow(step / 20, (step + 1) / 20, 341_248);
    assert.is(from, end);
    end = to;
  }
  assert.is(end, 341_248);
});

test("counts and windows out of range are option errors", () => {
  const refused = (call: () => unknown) => assert.throws(call, (error: unknown) => error instanceof OptionError);
  for (const p of [-1, -0.1, 1.5, 101, Number.NaN, Number.POSITIVE_INFINITY]) refused(() => topCount(p, 100));
  for (const [from, to] of [
    [-1, 3],
    [3, 2],
    [0, 101],
    [0.5, 0.2],
    [0.5, 2],
    [1.5, 3],
    [Number.NaN, 1],
  ] as const)
    refused(() => rankWindow(from, to, 100));
});

test.run();
