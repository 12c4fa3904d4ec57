/** @file Dynamic activation patching and the causal effect of a set of neurons (paper section 3.2). */
import { type GenerateOptions, type Generation, generate } from "../engine/generate.js";
import type { Intervention } from "../engine/interventions.js";
import type { Model } from "../engine/model.js";
import type { Positions } from "../engine/positions.js";
import type { Prompt } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import { type BootstrapOptions, type CausalEffect, ratioEffect } from "./causal-effect.js";
import { patch, type Where } from "./interventions.js";

/** A metric of one answer, e.g. a cost; lower or higher may be better, formula (2) is a ratio. */
export type Cost = (answer: Generation, index: number) => number | Promise<number>;

/** A metric of a model under interventions, one number a prompt, for what needs no generated text (log-odds of an answer …). */
export type Measure = (model: Model, interventions: readonly Intervention[]) => Promise<readonly number[]>;

interface EffectCommon extends BootstrapOptions {
  /** M2, the donor */
  from: Model;
  /** what is patched: a set of neurons, or a site */
  neurons: Where;
  /** tokens at which the patch acts; default `"all"`, as in the paper */
  positions?: Positions;
}

/** With a cost of generated answers. */
export interface CostEffectOptions extends EffectCommon, Omit<GenerateOptions, "interventions" | "seed" | "onToken"> {
  prompts: readonly Prompt[];
  cost: Cost;
  /** most tokens of an answer; default 128, the paper's */
  newTokens?: number;
  /** answers of both models from an earlier effect over the same prompts, to save their runs */
  answers?: Pick<EffectAnswers, "first" | "second">;
}

/** With any metric of a model under interventions. */
export interface MeasureEffectOptions extends EffectCommon {
  measure: Measure;
}

export interface EffectAnswers {
  readonly first: readonly Generation[];
  readonly second: readonly Generation[];
  readonly patched: readonly Generation[];
}

/**
 * Causal effect C of neurons by formula (2), a ratio of means over the same prompts with a bootstrap CI.
 * @param first M1, the recipient
 * @returns the effect; with a cost also the three sets of answers
 * @throws OptionError for a metric that gives something else than one finite number a prompt
 */
export async function causalEffect(first: Model, options: CostEffectOptions): Promise<{ effect: CausalEffect; answers: EffectAnswers }>;
export async function causalEffect(first: Model, options: MeasureEffectOptions): Promise<{ effect: CausalEffect }>;
export async function causalEffect(
  first: Model,
  options: CostEffectOptions | MeasureEffectOptions,
): Promise<{ effect: CausalEffect; answers?: EffectAnswers }> {
  const intervention = patch(options.neurons, options.from, { positions: options.positions });
  if ("measure" in options) {
    const { measure } = options;
    const metrics = {
      first: await measure(first, []),
      second: await measure(options.from, []),
      patched: await measure(first, [intervention]),
    };
    return { effect: ratioEffect(metrics, options) };
  }
  const { prompts, cost } = options;
  if (typeof cost !== "function") throw new OptionError("cost", cost, "a function of an answer, or `measure`, a function of a model");
  const run = (model: Model, interventions: readonly Intervention[]) =>
    generate(model, prompts, { ...options, newTokens: options.newTokens ?? 128, seed: 0, interventions });
  const answers: EffectAnswers = {
    first: options.answers?.first ?? (await run(first, [])),
    second: options.answers?.second ?? (await run(options.from, [])),
    patched: await run(first, [intervention]),
  };
  const metrics = {
    first: await costs(answers.first, cost),
    second: await costs(answers.second, cost),
    patched: await costs(answers.patched, cost),
  };
  return { effect: ratioEffect(metrics, options), answers };
}

async function costs(answers: readonly Generation[], cost: Cost): Promise<number[]> {
  const values: number[] = [];
  for (const [i, answer] of answers.entries()) values.push(await cost(answer, i));
  return values;
}
