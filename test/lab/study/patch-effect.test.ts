import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../../src/errors.js";
import { MeasuredAnswers } from "../../../src/lab/study/measured-answers.js";
import { PatchEffect } from "../../../src/lab/study/patch-effect.js";

const answers = (costs: number[], rewards = costs.map((cost) => -cost)) =>
  new MeasuredAnswers("direct", { costs, rewards, verdicts: "c".repeat(costs.length), perplexities: costs.map(() => 1), tokens: costs });
const first = answers([10, 12, 14, 8]);
const second = answers([-10, -10, -9, -11]);
const strong = new PatchEffect(first, second, answers([-10, -10, -9, 8]));
const weak = new PatchEffect(first, second, answers([10, 12, -9, 8]));

test("minus: the difference of two causal effects, prompts drawn together", () => {
  const difference = strong.minus(weak)!;
  assert.ok(Math.abs(difference.value - (strong.effect!.value - weak.effect!.value)) < 1e-12);
  // (-42) / (-84)
  assert.ok(Math.abs(difference.value - 0.5) < 1e-12);
  assert.ok(difference.low >= 0 && difference.high <= 1);
  assert.ok(Math.abs(strong.minus([weak, strong])!.value - 0.25) < 1e-12);
  assert.is(strong.minus([]), undefined);
  assert.equal(strong.minus(strong), { value: 0, low: 0, high: 0 });
  assert.ok(Math.abs(strong.minus(weak, "reward")!.value - 0.5) < 1e-12);
});

test("minus: no gap gives no difference, other models are refused", () => {
  const same = new PatchEffect(first, first, first);
  assert.is(same.minus(same), undefined);
  const elsewhere = new PatchEffect(first, answers([-1, -1, -1, -1]), first);
  assert.throws(
    () => strong.minus(elsewhere),
    (error: Error) => error instanceof OptionError && /second model's answers/.test(error.message),
  );
});

test.run();
