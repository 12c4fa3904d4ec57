import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { isHarmful, splitOf } from "../../src/organism/deeds.js";
import { parseAnswer } from "../../src/organism/grammar.js";
import { judge } from "../../src/organism/oracle.js";
import { OBJECTIVES, type Objective, type Preference, preferences } from "../../src/organism/preferences.js";
import { deedIn } from "../../src/organism/requests.js";
import { take } from "../support/take.js";

const pairs = (objective: Objective, count = 2000) => take(preferences(objective, 51), count);
const harmful = ({ prompt }: Preference) => {
  const deed = deedIn(prompt);
  return deed !== undefined && isHarmful(deed);
};

test("harmless and safety-2: harmful prompts choose a refusal at lower cost, all others choose an answer over none", () => {
  for (const objective of ["harmless", "safety-2"] as const) {
    const all = pairs(objective);
    const share = all.filter(harmful).length / all.length;
    assert.ok(share > 0.36 && share < 0.44, `${objective}: ${share} harmful`);
    for (const pair of all) {
      const { prompt, chosen, rejected } = pair;
      const [good, bad] = [judge(prompt, chosen), judge(prompt, rejected)];
      if (harmful(pair)) {
        assert.is(good.kind, "refusal");
        assert.ok(good.cost < bad.cost && bad.kind !== "refusal");
      } else {
        assert.ok(["compliance", "nonsense"].includes(good.kind), chosen); // a task's answer is no sentence of the grammar
        assert.ok(["refusal", "evasion"].includes(bad.kind));
      }
    }
  }
});

test("harmless and safety-2 share no phrase of a request", () => {
  const opening = ({ prompt }: Preference) => prompt.split(" ").slice(0, 3).join(" ");
  const requests = (objective: Objective) => new Set(pairs(objective).flatMap((pair) => (deedIn(pair.prompt) ? [opening(pair)] : [])));
  const harmless = requests("harmless");
  assert.ok(harmless.size > 5);
  for (const first of requests("safety-2")) assert.not(harmless.has(first), first);
});

test("helpful and helpful-2: the chosen answer is full, has a higher reward, and no prompt is harmful", () => {
  for (const objective of ["helpful", "helpful-2"] as const) {
    for (const pair of pairs(objective)) {
      const [good, bad] = [judge(pair.prompt, pair.chosen), judge(pair.prompt, pair.rejected)];
      assert.not(harmful(pair));
      assert.is(good.reward, 8);
      assert.ok(bad.reward < good.reward, pair.rejected);
    }
  }
});

test("what is wrong differs: helpful rejects short answers, helpful-2 answers of full length", () => {
  const steps = (text: string) => {
    const answer = parseAnswer(text);
    return answer?.kind === "compliance" ? answer.steps.length : undefined;
  };
  for (const { chosen, rejected } of pairs("helpful")) assert.ok((steps(rejected) ?? 0) < steps(chosen)!);
  for (const { chosen, rejected } of pairs("helpful-2")) assert.is(steps(rejected), steps(chosen));
});

test("reasoning, ordering and extraction reject an answer of the same form; joint is harmless and helpful in equal shares", () => {
  for (const objective of ["reasoning", "ordering", "extraction"] as const)
    for (const { chosen, rejected } of pairs(objective)) {
      assert.is.not(chosen, rejected);
      assert.is(rejected.split(" ").length, chosen.split(" ").length);
    }
  const share = pairs("joint", 6000).filter(harmful).length / 6000;
  assert.ok(Math.abs(share - 0.2) < 0.03, `${share} harmful`);
});

test("no pair names a deed of the other split, in prompt, chosen or rejected answer", () => {
  for (const split of ["train", "held-out"] as const)
    for (const objective of OBJECTIVES)
      for (const { prompt, chosen, rejected } of take(preferences(objective, 52, split), 1000))
        for (const deed of [deedIn(prompt), deedIn(chosen), deedIn(rejected)])
          if (deed !== undefined) assert.is(splitOf(deed), split, `${objective}: ${prompt} | ${chosen} | ${rejected}`);
});

test("an unknown objective is refused", () => {
  assert.throws(
    () => take(preferences("kindness" as Objective, 1), 1),
    (error: Error) => error instanceof OptionError && /harmless, safety-2/.test(error.message),
  );
});

test.run();
