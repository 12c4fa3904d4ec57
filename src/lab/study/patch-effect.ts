/** @file What patched neurons do to the answers of a model: causal effect, and the rates that keep it honest. */
import type { ColumnTable } from "arquero";
import { OptionError } from "../../errors.js";
import { type CausalEffect, ratioEffect } from "../../neurons/causal-effect.js";
import type { BootstrapOptions, Estimate } from "../../statistics/estimate.js";
import { type AnswerFigure, answersTable, type MeasuredAnswers } from "./measured-answers.js";

export class PatchEffect {
  /** the recipient's own answers */
  readonly first: MeasuredAnswers;
  /** the donor's */
  readonly second: MeasuredAnswers;
  readonly patched: MeasuredAnswers;

  constructor(first: MeasuredAnswers, second: MeasuredAnswers, patched: MeasuredAnswers) {
    this.first = first;
    this.second = second;
    this.patched = patched;
  }

  /** Causal effect C on a figure of the answers (paper, formula 2). */
  by(figure: AnswerFigure = "cost", options?: BootstrapOptions): CausalEffect {
    return this.#effect(figure, [...this.first.costs.keys()], options);
  }

  /** The same on those prompts alone to which none of the three answers is nonsense; undefined where there are fewer than two. */
  fluent(figure: AnswerFigure = "cost", options?: BootstrapOptions): CausalEffect | undefined {
    const kept = [...this.first.costs.keys()].filter((i) => [this.first, this.second, this.patched].every((one) => one.fluent(i)));
    return kept.length < 2 ? undefined : this.#effect(figure, kept, options);
  }

  /** C on the cost; undefined where the models' costs do not differ. */
  get effect(): Estimate | undefined {
    return this.by().effect;
  }

  /**
   * How much more of the gap these neurons close than another patch of the same recipient and donor: C less the other's C, with prompts drawn together.
   *
   * @returns undefined where there is no gap
   * @throws OptionError for another recipient, donor or prompt set
   */
  minus(other: PatchEffect, figure: AnswerFigure = "cost", options?: BootstrapOptions): Estimate | undefined {
    const same = (mine: MeasuredAnswers, its: MeasuredAnswers) => mine.set === its.set && String(mine.costs) === String(its.costs);
    if (!same(this.first, other.first) || !same(this.second, other.second))
      throw new OptionError("other", String(other), "a patch of the same recipient from the same donor on the same prompts");
    const [first, second, mine, its] = [this.first, this.second, this.patched, other.patched].map((answers) => answers.figures(figure)) as [
      readonly number[],
      readonly number[],
      readonly number[],
      readonly number[],
    ];
    return ratioEffect({ first, second, patched: first.map((value, i) => value + mine[i]! - its[i]!) }, options).effect;
  }

  /** Rows `recipient`, `donor`, `patched`; columns as in {@link answersTable}. */
  table(): ColumnTable {
    return answersTable({ recipient: this.first, donor: this.second, patched: this.patched });
  }

  toString(): string {
    return this.by().summary;
  }

  #effect(figure: AnswerFigure, prompts: readonly number[], options?: BootstrapOptions): CausalEffect {
    const [first, second, patched] = [this.first, this.second, this.patched].map((answers) => {
      const figures = answers.figures(figure);
      return prompts.map((i) => figures[i]!);
    }) as [number[], number[], number[]];
    return ratioEffect({ first, second, patched }, options);
  }
}
