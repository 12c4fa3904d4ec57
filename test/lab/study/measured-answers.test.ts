import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../../src/errors.js";
import { answersTable, MeasuredAnswers } from "../../../src/lab/study/measured-answers.js";
import { PatchEffect } from "../../../src/lab/study/patch-effect.js";

const answers = (costs: number[], verdicts: string, rewards?: number[]) =>
  new MeasuredAnswers("direct", {
    costs,
    verdicts,
    rewards,
    perplexities: costs.map((cost) => (cost === 0 ? null : 2)),
    tokens: costs.map(() => 3),
  });

test("shares, means, and the median perplexity of answers that say something", () => {
  const some = answers([4, -2, 0, 6], "crnc");
  assert.is(some.count, 4);
  assert.is(some.mean().value, 2);
  assert.is(some.share("compliance"), 0.5);
  assert.is(some.share("evasion"), 0);
  assert.is(some.mean("refusal").value, 0.25);
  assert.is(some.perplexity, 2);
  assert.equal(
    [0, 1, 2, 3].map((i) => some.fluent(i)),
    [true, true, false, true],
  );
  const mixed = new MeasuredAnswers("direct", {
    costs: [0, 0, 0, 0],
    verdicts: "cccc",
    perplexities: [1, null, 9, 4],
    tokens: [1, 0, 1, 1],
  });
  assert.is(mixed.perplexity, 4);
  assert.ok(Number.isNaN(new MeasuredAnswers("direct", { costs: [0], verdicts: "n", perplexities: [null], tokens: [0] }).perplexity));
});

test("the reward of a study without a reward model is refused", () => {
  assert.throws(
    () => answers([1], "c").figures("reward"),
    (error: Error) => error instanceof OptionError && /no reward model/.test(error.message),
  );
  assert.equal(answers([1, 2], "cc", [3, 4]).figures("reward"), [3, 4]);
});

test("a table has a row for each, and the reward only where all have one", () => {
  const both = answersTable({ SFT: answers([4, 2], "cc", [1, 2]), DPO: answers([-4, -2], "rr", [0, 0]) });
  assert.equal(both.array("answers"), ["SFT", "DPO"]);
  assert.equal(both.array("cost"), [3, -3]);
  assert.equal(both.array("reward"), [1.5, 0]);
  assert.equal(both.array("refusal"), [0, 1]);
  assert.not.ok(
    answersTable({ SFT: answers([4], "c", [1]), DPO: answers([1], "r") })
      .columnNames()
      .includes("reward"),
  );
  assert.equal(answers([4, 2], "cc").table().columnNames().slice(0, 3), ["answers", "count", "cost"]);
});

test("the effect is the ratio of mean costs; fluent answers alone leave out prompts with any nonsense", () => {
  const effect = new PatchEffect(answers([10, 8, 6, 8], "cccc"), answers([-10, -8, -6, -8], "rrrr"), answers([-10, -8, 0, 0], "rrnc"));
  // means 8, -8, -4.5
  assert.is(effect.effect!.value, 12.5 / 16);
  // prompts 0, 1, 3: means 26/3, -26/3, -6
  assert.ok(Math.abs(effect.fluent()!.effect!.value - (6 + 26 / 3) / (52 / 3)) < 1e-12);
  assert.is(effect.by("refusal").effect!.value, 0.5);
  assert.equal(effect.table().array("answers"), ["recipient", "donor", "patched"]);
  const mumbled = new PatchEffect(answers([1, 2], "nn"), answers([3, 4], "cc"), answers([1, 2], "cc"));
  assert.is(mumbled.fluent(), undefined);
});

test.run();
