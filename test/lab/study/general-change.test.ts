import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../../src/errors.js";
import { Ability } from "../../../src/lab/study/ability.js";
import { generalChange } from "../../../src/lab/study/general-change.js";

const right = (count: number, of = 100) => Array.from({ length: of }, (_, i) => (i < count ? 1 : 0));
const ability = (name: string, values: readonly number[], chance: number | null = null) =>
  new Ability({ name, measure: "accuracy" }, { values, chance });
const text = (nll: number) => new Ability({ name: "text", measure: "perplexity" }, { values: [nll, nll], weights: [3, 5], chance: null });

test("each test weighs the same, perplexity does not count, and tests at chance are left out apart", () => {
  const before = [ability("a", right(80)), ability("b", right(26), 0.25), ability("c", right(10, 20)), text(1)];
  const after = [ability("a", right(70)), ability("b", right(20), 0.25), ability("c", right(12, 20)), text(9)];
  const { all, aboveChance, atChance } = generalChange(before, after);
  assert.equal(atChance, ["b"]);
  assert.ok(Math.abs(all!.value - (-0.1 - 0.06 + 0.1) / 3) < 1e-12);
  assert.ok(Math.abs(aboveChance!.value) < 1e-12);
  assert.ok(all!.low < all!.value && all!.value < all!.high);
  assert.ok(aboveChance!.low < 0 && aboveChance!.high > 0);
});

test("a free answer that is never right is at chance", () => {
  assert.ok(ability("never", right(0)).atChance);
  assert.ok(ability("once", right(1)).atChance);
  assert.not(ability("often", right(20)).atChance);
  assert.ok(ability("worse than guessing", right(0), 0.25).atChance);
  assert.not(ability("choice", right(60), 0.25).atChance);
  assert.not(text(2).atChance);
  assert.equal(generalChange([ability("never", right(0))], [ability("never", right(5))]).aboveChance, undefined);
});

test("nothing to compare, and other tests", () => {
  assert.equal(generalChange([text(1)], [text(2)]), { all: undefined, aboveChance: undefined, atChance: [] });
  for (const other of [[ability("b", right(3))], [ability("a", right(3, 99))], []])
    assert.throws(
      () => generalChange([ability("a", right(3))], other),
      (error: unknown) => error instanceof OptionError,
    );
});

test.run();
