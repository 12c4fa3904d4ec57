import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../../src/errors.js";
import { MeasuredAnswers } from "../../../src/lab/study/measured-answers.js";
import { PatchEffect } from "../../../src/lab/study/patch-effect.js";
import { seeded } from "../../../src/random.js";

const answers = (costs: readonly number[], verdicts = "r".repeat(costs.length)) =>
  new MeasuredAnswers("set", { costs, verdicts, perplexities: costs.map(() => 2), tokens: costs.map(() => 3) });
const random = seeded(1);
const first = answers(Array.from({ length: 40 }, () => 10 + random.uniform()));
const second = answers(Array.from({ length: 40 }, () => -10 + random.uniform()));
const patch = (share: number) =>
  new PatchEffect(first, second, answers(first.costs.map((cost, i) => cost + share * (second.costs[i]! - cost) + random.uniform())));

test("minus is the difference of two causal effects, with an interval of its own", () => {
  const [most, little] = [patch(0.9), patch(0.2)];
  const lead = most.minus(little)!;
  assert.ok(Math.abs(lead.value - (most.effect!.value - little.effect!.value)) < 1e-12);
  assert.ok(lead.low < lead.value && lead.value < lead.high && lead.low > 0.6 && lead.high < 0.8);
  const back = little.minus(most)!;
  assert.ok(Math.abs(back.value + lead.value) < 1e-12);
  assert.equal(most.minus(most), { value: 0, low: 0, high: 0 });
});

test("minus on another figure", () => {
  const kinds = (letters: string) => answers(Array(4).fill(1), letters);
  const effect = (patched: string) => new PatchEffect(kinds("cccc"), kinds("rrrr"), kinds(patched));
  assert.is(effect("rrrr").minus(effect("crcc"), "refusal")!.value, 0.75);
});

test("without a gap there is no difference, and other models or prompts are refused", () => {
  const none = new PatchEffect(first, first, second);
  assert.is(none.minus(none), undefined);
  assert.throws(
    () => patch(0.5).minus(none),
    (error: unknown) => error instanceof OptionError,
  );
});

test.run();
