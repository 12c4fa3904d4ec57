import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { allHold, type Claim, verdict, verdictForAll } from "../../src/findings/verdict.js";

const estimate = { value: 0.97, low: 0.91, high: 1.02 };

test("the whole interval decides", () => {
  const cases: [Claim, string][] = [
    [{ above: 0.9 }, "holds"],
    [{ above: 0.95 }, "undecided"],
    [{ above: 1.02 }, "does not hold"],
    [{ below: 1.1 }, "holds"],
    [{ below: 1 }, "undecided"],
    [{ below: 0.5 }, "does not hold"],
    [{ within: [0.9, 1.1] }, "holds"],
    [{ within: [0.95, 1.1] }, "undecided"],
    [{ within: [1.1, 1.2] }, "does not hold"],
    [{ within: [0, 0.9] }, "does not hold"],
  ];
  for (const [claim, wanted] of cases) assert.is(verdict(estimate, claim).verdict, wanted, JSON.stringify(claim));
});

test("a finding carries its figure, its interval and a sentence", () => {
  assert.equal(verdict(estimate, { above: 0.9 }), {
    verdict: "holds",
    effect: 0.97,
    ci: [0.91, 1.02],
    summary: "0.97 (0.91 to 1.02) above 0.9: holds",
  });
});

test("a single value without an interval is undecided, and the sentence says so", () => {
  const single = { value: 0.97, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  assert.is(verdict(single, { above: 0.9 }).summary, "0.97 (a single one, no interval) above 0.9: undecided");
});

test("no estimate, one that is NaN, or a reference at chance leaves it undecided", () => {
  const { verdict: given, summary } = verdict(undefined, { above: 0.9 });
  assert.equal([given, summary], ["undecided", "no estimate, claimed above 0.9: undecided"]);
  assert.is(verdict({ ...estimate, low: Number.NaN }, { below: 2 }).verdict, "undecided");
  const unchanged = { value: 0, low: -0.01, high: 0.01 };
  const claim = { within: [-0.02, 0.02] } as const;
  assert.is(verdict(unchanged, claim, { reference: { value: 0.27, low: 0.24, high: 0.3 }, chance: 0.25 }).verdict, "undecided");
  const worse = verdict(unchanged, claim, { reference: { value: 0.05, low: 0.01, high: 0.1 }, chance: 0.25 });
  assert.is(worse.verdict, "undecided");
  assert.match(worse.summary, /the reference is below chance/);
  assert.is(verdict(unchanged, claim, { reference: { value: 0.6, low: 0.5, high: 0.7 }, chance: 0.25 }).verdict, "holds");
});

test("several parts: one that fails decides, then one that is open", () => {
  const parts = (...verdicts: ("holds" | "does not hold" | "undecided")[]) => allHold(verdicts.map((verdict) => ({ verdict })));
  assert.is(parts("holds", "holds"), "holds");
  assert.is(parts("holds", "undecided"), "undecided");
  assert.is(parts("undecided", "does not hold", "holds"), "does not hold");
});

test("claims that say nothing are refused", () => {
  for (const call of [
    () => verdict(estimate, { above: Number.NaN }),
    () => verdict(estimate, { within: [1, 1] }),
    () => verdict(estimate, { above: 0 }, { chance: 0.25 }),
    () => allHold([]),
  ])
    assert.throws(call, (error: unknown) => error instanceof OptionError);
});

test("a claim about each of several figures is decided by the one least on its side", () => {
  const at = (low: number, high: number) => ({ value: (low + high) / 2, low, high });
  const all = verdictForAll({ a: at(0.9, 1), b: at(0.6, 0.8), none: undefined }, { above: 0.5 });
  assert.equal(all, { verdict: "holds", effect: 0.7, ci: [0.6, 0.8], summary: "b 0.7 (0.6 to 0.8) above 0.5: holds; holds for 2 of 2" });
  // the lower value holds, the wider interval does not
  const wide = verdictForAll({ narrow: at(0.59, 0.61), wide: at(0.4, 1) }, { above: 0.5 });
  assert.is(wide.verdict, "undecided");
  assert.match(wide.summary, /^wide 0.7 .*; holds for 1 of 2$/);
  const mixed = verdictForAll({ undecided: at(-1, 2), against: at(0.1, 0.2), holds: at(0.6, 0.7) }, { above: 0.5 });
  assert.is(mixed.verdict, "does not hold");
  assert.equal(mixed.ci, [0.1, 0.2]);
  assert.equal(verdictForAll({ a: at(-0.05, 0.02), b: at(-0.02, 0.09) }, { within: [-0.1, 0.1] }).ci, [-0.02, 0.09]);
  assert.is(verdictForAll({ a: undefined }, { below: 1 }).verdict, "undecided");
  assert.is(verdictForAll({}, { below: 1 }).verdict, "undecided");
});

test("a bar that was measured is rounded in words alone", () => {
  const found = verdict({ value: 0.7251, low: 0.72501, high: 0.7252 }, { above: 0.72499 });
  assert.match(found.summary, /above 0\.725: holds/);
});

test.run();
