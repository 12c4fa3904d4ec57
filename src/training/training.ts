/** @file Options and results that every kind of training shares. */
import type { Progress } from "../engine/progress.js";
import { OptionError } from "../errors.js";
import type { ExampleOptions } from "./examples.js";
import type { Schedule } from "./schedule.js";
import type { UpdateMask } from "./update-mask.js";

/** Defaults are those of arXiv 2406.14144 for (IA)^3, which needs a far larger rate than other adapters or weights. */
export interface TrainingOptions<Trained extends object> extends ExampleOptions {
  /** default 1e-3 */
  learningRate?: number;
  /** default `"cosine"` */
  schedule?: Schedule;
  /** steps in which the rate rises from 0; default 0 */
  warmUp?: number;
  /** decoupled, default 0.1; norms and biases do not decay */
  weightDecay?: number;
  /** AdamW's decay rates of the moments; default 0.9, 0.999 */
  betas?: readonly [number, number];
  /**
   * AdamW's, added to the root of the second moment; default 1e-8. Gradients far below it move an entry in proportion to their size, where
   * otherwise every entry moves by about the learning rate: a larger one gathers the change in the entries that matter most
   */
  epsilon?: number;
  /** largest joint norm of the gradients; default 1, Infinity = not clipped */
  clipNorm?: number;
  /** times that every example is read; default 3 */
  epochs?: number;
  /** optimiser steps, in place of epochs */
  steps?: number;
  /** examples of one step; gradients of its passes are added up. Default 120 */
  batch?: number;
  /**
   * most tokens of one pass through the model, padding included; default: about what the engine's `memory` has room for. Changes memory
   * and speed, results by rounding alone
   */
  passTokens?: number;
  /** sort the examples of this many steps by length, to save padding between steps; default 1 = steps are drawn at random */
  lengthWindow?: number;
  /** sets the order of examples; default 0 */
  seed?: number;
  /** which entries move; default all */
  mask?: UpdateMask;
  /** keep the state in a folder every so many steps (default 50) and at the end, and go on from there (default true) */
  checkpoint?: { readonly folder: string; readonly every?: number; readonly resume?: boolean };
  /** call `run` with what is trained so far every so many steps and after the last; what it returns (JSON) is kept */
  evaluate?: { readonly every: number; readonly run: (trained: Trained, step: number) => unknown };
  /** stops between two passes; the promise rejects with its reason and the engine goes on */
  signal?: AbortSignal;
  onProgress?: (progress: TrainingProgress) => void;
}

export interface TrainingProgress extends Progress {
  readonly loss: number;
  readonly learningRate: number;
  readonly secondsLeft: number;
}

export interface TrainingStep {
  /** before the step's update */
  readonly loss: number;
  readonly learningRate: number;
  /** joint norm of the gradients before clipping */
  readonly gradientNorm: number;
  /** DPO: mean of beta times the difference of log-ratios, and the share of pairs where it is above 0 */
  readonly margin?: number;
  readonly accuracy?: number;
}

export interface Evaluation {
  /** finished steps */
  readonly step: number;
  readonly value: unknown;
}

export interface TrainingRecord {
  readonly history: readonly TrainingStep[];
  /** `(steps,)` loss of each step */
  readonly losses: Float64Array;
  readonly evaluations: readonly Evaluation[];
  /** model, data and options: equal for runs that give equal results on one machine */
  readonly origin: Readonly<Record<string, unknown>>;
}

/** Options with defaults filled in and checked. */
export function settingsOf<T extends object>(options: TrainingOptions<T>, examples: number, fittingTokens: number) {
  const { learningRate = 1e-3, schedule = "cosine", warmUp = 0, weightDecay = 0.1, betas = [0.9, 0.999] } = options;
  const { epsilon = 1e-8, clipNorm = 1, epochs = 3, batch = 120, passTokens = fittingTokens, lengthWindow = 1, seed = 0 } = options;
  const whole = (name: string, value: number, least: number) => {
    if (!Number.isInteger(value) || value < least) throw new OptionError(name, value, `a whole number from ${least}`);
  };
  const within = (name: string, value: number, holds: boolean, expected: string) => {
    if (!holds) throw new OptionError(name, value, expected);
  };
  if (examples === 0) throw new OptionError("examples", "none", "at least one");
  for (const [name, value, least] of [
    ["warmUp", warmUp, 0],
    ["epochs", epochs, 1],
    ["batch", batch, 1],
    ["passTokens", passTokens, 1],
    ["lengthWindow", lengthWindow, 1],
    ["checkpoint.every", options.checkpoint?.every ?? 50, 1],
    ["evaluate.every", options.evaluate?.every ?? 1, 1],
  ] as const)
    whole(name, value, least);
  within("learningRate", learningRate, learningRate > 0 && Number.isFinite(learningRate), "a number above 0");
  within("weightDecay", weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay), "a number from 0");
  within("epsilon", epsilon, epsilon > 0 && Number.isFinite(epsilon), "a number above 0");
  within("clipNorm", clipNorm, clipNorm > 0, "a number above 0");
  for (const beta of betas) within("betas", beta, beta >= 0 && beta < 1, "numbers in [0, 1)");
  const perEpoch = Math.ceil(examples / batch);
  const steps = options.steps ?? epochs * perEpoch;
  whole("steps", steps, 1);
  return { learningRate, schedule, warmUp, weightDecay, betas, epsilon, clipNorm, batch, passTokens, lengthWindow, seed, steps, perEpoch };
}
