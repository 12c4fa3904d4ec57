/** @file A model's result in a test of general ability. */
import { type BootstrapOptions, bootstrap, type Estimate, meanEstimate } from "../../statistics/estimate.js";
import type { AbilityDescription, AbilityItems } from "./subject.js";

export class Ability {
  readonly name: string;
  readonly measure: AbilityDescription["measure"];
  /** accuracy of guessing; undefined where there is no such thing */
  readonly chance: number | undefined;
  readonly items: AbilityItems;

  constructor({ name, measure }: AbilityDescription, items: AbilityItems) {
    this.name = name;
    this.measure = measure;
    this.chance = items.chance ?? undefined;
    this.items = items;
  }

  /** Accuracy in 0..1, or perplexity a token, with its bootstrap interval over items. */
  get estimate(): Estimate {
    return this.#figure(this.items.values);
  }

  /** Whether guessing is as good: the interval is not wholly above chance, or above 0 where a free answer cannot be guessed. */
  get atChance(): boolean {
    return this.measure === "accuracy" && this.estimate.low <= (this.chance ?? 0);
  }

  /**
   * Change from another model on the same items: difference of accuracies, or of log perplexities, drawn together.
   */
  since(before: Ability, options?: BootstrapOptions): Estimate {
    const differences = this.items.values.map((value, i) => value - before.items.values[i]!);
    return this.#mean(differences, options);
  }

  #figure(values: readonly number[]): Estimate {
    const { value, low, high } = this.#mean(values);
    return this.measure === "accuracy" ? { value, low, high } : { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
  }

  #mean(values: readonly number[], options?: BootstrapOptions): Estimate {
    const { weights } = this.items;
    if (weights === undefined) return meanEstimate(values, options);
    return bootstrap(
      values.length,
      (counts) => {
        let [sum, total] = [0, 0];
        for (const [i, count] of counts.entries()) {
          sum += count * weights[i]! * values[i]!;
          total += count * weights[i]!;
        }
        return sum / total;
      },
      options,
    );
  }
}
