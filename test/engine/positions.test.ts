import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkPositions, meansPosition, resolvePositions } from "../../src/engine/positions.js";
import { OptionError } from "../../src/errors.js";

test("the words of a finished text of 4 + 3 tokens", () => {
  const wanted = {
    all: [0, 1, 2, 3, 4, 5, 6],
    prompt: [0, 1, 2, 3],
    "prompt-last": [3],
    predicting: [3, 4, 5],
    generated: [4, 5, 6],
  } as const;
  for (const [name, indices] of Object.entries(wanted)) assert.equal(resolvePositions(name as keyof typeof wanted, 4, 7), indices, name);
});

test("numbers are indices; negative ones count from the end of the prompt", () => {
  assert.equal(resolvePositions([0, 5], 4, 7), [0, 5]);
  assert.equal(resolvePositions([-1, -4], 4, 7), [0, 3]);
  assert.equal(resolvePositions([-5, 7, 100], 4, 7), []);
  assert.equal(resolvePositions([2, 2, -2], 4, 7), [2]);
});

test("a text without a continuation predicts nothing", () => {
  assert.equal(resolvePositions("predicting", 4, 4), []);
  assert.equal(resolvePositions("generated", 4, 4), []);
  assert.equal(resolvePositions("predicting", 1, 2), [0]);
});

test("while a text grows every later token is generated and predicts", () => {
  assert.ok(meansPosition("generated", 1000, 4));
  assert.ok(meansPosition("predicting", 1000, 4));
  assert.not(meansPosition("predicting", 2, 4));
  assert.not(meansPosition("all", -1, 4));
});

test("anything else is refused", () => {
  for (const wrong of ["last", "", 3, null, [1.5], ["prompt"], { from: 1 }])
    assert.throws(
      () => checkPositions(wrong, "at"),
      (error: unknown) => error instanceof OptionError && error.option === "at" && /prompt-last/.test(error.message),
    );
  for (const right of ["all", "predicting", [], [-1, 3]] as const) assert.is(checkPositions(right), right);
});

test.run();
