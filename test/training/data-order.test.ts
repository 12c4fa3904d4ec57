import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochSteps, passesOf } from "../../src/training/data-order.js";

const lengths = Array.from({ length: 50 }, (_, i) => 3 + ((i * 7) % 20));
const padding = (steps: readonly number[][]) =>
  steps.reduce((sum, step) => sum + step.length * Math.max(...step.map((i) => lengths[i]!)) - step.reduce((n, i) => n + lengths[i]!, 0), 0);

for (const window of [1, 4])
  test(`each epoch reads every example once, in an order of its own (window ${window})`, () => {
    const [first, second] = [0, 1].map((epoch) => epochSteps(5, epoch, lengths, 8, window));
    for (const steps of [first!, second!]) {
      assert.equal(
        steps.flat().sort((a, b) => a - b),
        lengths.map((_, i) => i),
      );
      assert.equal(
        steps.map((step) => step.length).sort((a, b) => a - b),
        [2, 8, 8, 8, 8, 8, 8],
      );
    }
    assert.not.equal(first, second);
    assert.equal(epochSteps(5, 1, lengths, 8, window), second);
    assert.not.equal(epochSteps(6, 1, lengths, 8, window), second);
  });

test("sorting by length within a window saves padding", () => {
  assert.ok(padding(epochSteps(5, 0, lengths, 8, 4)) < 0.5 * padding(epochSteps(5, 0, lengths, 8, 1)));
});

test("passes hold every example of a step, longest first, within the tokens that a pass may have", () => {
  const step = [4, 9, 13, 20, 31, 44];
  const passes = passesOf(step, lengths, 40);
  assert.equal(
    passes.flat().sort((a, b) => a - b),
    step,
  );
  for (const pass of passes) assert.ok(pass.length === 1 || pass.length * lengths[pass[0]!]! <= 40);
  assert.equal(passesOf([0, 1], [90, 80], 40), [[0], [1]]);
});

test.run();
