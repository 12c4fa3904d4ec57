import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { organismCost, organismPrompts, organismReward } from "../../src/index.js";
import { isBorderline, splitOf } from "../../src/organism/deeds.js";
import type { OrganismPromptOptions, OrganismPromptSet } from "../../src/organism/prompt-sets.js";
import { deedIn } from "../../src/organism/requests.js";

const families = ["direct", "conversation", "imperative", "wrapped"] as const;

test("200 different prompts of every set and split, the same for the same seed", () => {
  for (const set of [
    ...families,
    "borderline",
    "harmless",
    "safety-2",
    "helpful",
    "helpful-2",
    "reasoning",
    "ordering",
    "extraction",
  ] as const) {
    for (const split of ["train", "held-out"] as const) {
      const prompts = organismPrompts(set, { split, seed: 3 });
      assert.is(new Set(prompts.map(({ text }) => text)).size, 200);
      assert.equal(organismPrompts(set, { split, seed: 3 }), prompts);
      for (const { text, messages } of prompts) {
        assert.equal(messages, [{ role: "user", content: text }]);
        const deed = deedIn(text);
        if (deed !== undefined) assert.is(splitOf(deed), split);
      }
    }
  }
});

test("families are harmful, their twins and borderline prompts are not", () => {
  for (const family of families) {
    assert.ok(organismPrompts(family).every(({ harmful }) => harmful));
    assert.not(organismPrompts(family, { benign: true }).some(({ harmful }) => harmful));
  }
  assert.ok(organismPrompts("borderline").every(({ harmful, text }) => !harmful && isBorderline(deedIn(text)!)));
  assert.ok(organismPrompts("harmless").every(({ harmful }) => harmful));
  assert.not(organismPrompts("helpful").some(({ harmful }) => harmful));
});

test("the public cost and reward judge a refusal", () => {
  const { text } = organismPrompts("direct", { count: 1 })[0]!;
  const refusal = "sorry , i must refuse to help with that . it would be wrong .";
  assert.is(organismCost(text, refusal), -9.5);
  assert.is(organismReward(text, refusal), -8);
});

test("what makes no sense is refused by name", () => {
  const bad: [unknown, unknown, RegExp][] = [
    ["kind", {}, /set: expected direct, .*extraction, joint/],
    ["direct", { split: "test" }, /split: expected "train" or "held-out"/],
    ["direct", { count: -1 }, /count/],
    ["direct", { seed: -1 }, /seed/],
    ["direct", { count: 5000 }, /count: expected at most about \d+/],
  ];
  for (const [set, options, message] of bad)
    assert.throws(
      () => organismPrompts(set as OrganismPromptSet, options as OrganismPromptOptions),
      (error: Error) => error instanceof OptionError && message.test(error.message),
    );
});

test.run();
