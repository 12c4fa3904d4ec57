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

  /**
   * How much larger this causal effect is than that of other neurons patched from the same donor into the same recipient, or than the mean of
   * several such, prompts drawn together; undefined where there is no gap to explain, and for no other.
   *
   * @throws OptionError for an effect of other models or prompts
   */
  minus(other: PatchEffect | readonly PatchEffect[], figure: AnswerFigure = "cost", options?: BootstrapOptions): Estimate | undefined {
    const others = other instanceof PatchEffect ? [other] : other;
    if (others.length === 0) return undefined;
    for (const one of others)
      for (const side of ["first", "second"] as const)
        if (one[side].costs.join() !== this[side].costs.join())
          throw new OptionError("other", String(one[side]), `the ${side} model's answers of this effect`);
    const [first, second] = [this.first.figures(figure), this.second.figures(figure)];
    const mine = this.patched.figures(figure);
    const theirs = others.map(({ patched }) => patched.figures(figure));
    const patched = first.map((value, i) => value + mine[i]! - theirs.reduce((sum, one) => sum + one[i]!, 0) / theirs.length);
    return ratioEffect({ first, second, patched }, options).effect;
  }

  /** C on the cost; undefined where the models' costs do not differ. */
  get effect(): Estimate | undefined {
    return this.by().effect;
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
