/** @file What a patch does to general ability: one number of several tests, as the column "Gen" of the paper's table 1. */
import { OptionError } from "../../errors.js";
import { type BootstrapOptions, bootstrap, type Estimate } from "../../statistics/estimate.js";
import type { Ability } from "./ability.js";

/** Change of the mean accuracy, in -1..1; perplexities do not count. */
export interface GeneralChange {
  /** over all tests of accuracy; undefined where there are none */
  readonly all: Estimate | undefined;
  /** over those in which the model was above chance before: the others cannot show a loss; undefined where there are none */
  readonly aboveChance: Estimate | undefined;
  /** names of the tests at chance before */
  readonly atChance: readonly string[];
}

/**
 * Compares a model's tests before and after a change, test by test; each test weighs the same. Intervals by bootstrap over items.
 *
 * @param before and `after`: the same tests in the same order
 * @throws OptionError for other tests
 */
export function generalChange(before: readonly Ability[], after: readonly Ability[], options?: BootstrapOptions): GeneralChange {
  const names = (tests: readonly Ability[]) => tests.map(({ name, items }) => `${name} (${items.values.length} items)`).join(", ");
  if (names(before) !== names(after)) throw new OptionError("after", names(after), names(before));
  const pairs = before.map((test, i) => [test, after[i]!] as const).filter(([{ measure }]) => measure === "accuracy");
  const above = pairs.filter(([test]) => !test.atChance);
  return {
    all: meanChange(pairs, options),
    aboveChance: meanChange(above, options),
    atChance: pairs.filter(([test]) => test.atChance).map(([{ name }]) => name),
  };
}

function meanChange(pairs: readonly (readonly [Ability, Ability])[], options?: BootstrapOptions): Estimate | undefined {
  if (pairs.length === 0) return undefined;
  const changes = pairs.flatMap(([before, after], test) =>
    after.items.values.map((value, i) => ({ test, change: value - before.items.values[i]! })),
  );
  return bootstrap(
    changes.length,
    (counts) => {
      const [sums, totals] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
      for (const [i, { test, change }] of changes.entries()) {
        sums[test]! += counts[i]! * change;
        totals[test]! += counts[i]!;
      }
      return sums.reduce((sum, one, test) => sum + one / totals[test]!, 0) / pairs.length;
    },
    options,
  );
}
