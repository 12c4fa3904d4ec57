/** @file What a point or a bar shows: a number, with its interval where one is known. */
import { OptionError } from "../errors.js";
import type { CausalEffect } from "../neurons/causal-effect.js";
import type { Estimate } from "../statistics/estimate.js";
import { tEstimate } from "../statistics/student-t.js";
import { short } from "./numbers.js";

/** One run: a number, an estimate with its interval, or a causal effect, as `ratioEffect` or `causalEffect` give it. */
export type OneMeasured = number | Estimate | Pick<CausalEffect, "effect" | "gap"> | { readonly effect: CausalEffect };

/**
 * One run, or several independent ones (training seeds, draws of random neurons), whose mean is shown with Student's 95 % interval; of one run
 * alone its own interval is shown. Runs without a gap to explain have no effect and do not count.
 */
export type Measured = OneMeasured | readonly OneMeasured[];

/** @returns undefined where no run has an effect */
export function estimateOf(measured: Measured, name: string): Estimate | undefined {
  if (!isRuns(measured)) return one(measured, name);
  const values = measured.map((run, i) => one(run, `${name}[${i}]`)).filter((value) => value !== undefined);
  return values.length < 2 ? values[0] : tEstimate(values.map(({ value }) => value));
}

/** `0.63 [0.51, 0.74]`: as many digits as the interval's width makes meaningful, two of it. */
export function estimateText(estimate: Estimate | undefined): string {
  if (estimate === undefined) return "no gap";
  const { value, low, high } = estimate;
  if (!hasInterval(estimate)) return short(value);
  const decimals = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(high - low))));
  // no minus before a zero
  const [middle, from, to] = [value, low, high].map((one) => one.toFixed(decimals).replace(/^-(0(?:\.0*)?)$/, "$1"));
  return `${middle} [${from}, ${to}]`;
}

/** Seeds that all give the same leave an interval of rounding errors, which is none. */
export const hasInterval = ({ low, high }: Estimate): boolean =>
  Number.isFinite(low) && Number.isFinite(high) && high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high));

export const isEffect = (value: object): value is CausalEffect => "gap" in value && "patched" in value && "first" in value;

const isRuns = (measured: Measured): measured is readonly OneMeasured[] => Array.isArray(measured);

function one(measured: OneMeasured, name: string): Estimate | undefined {
  if (typeof measured === "number") return finite({ value: measured, low: Number.NaN, high: Number.NaN }, measured, name);
  if (typeof measured === "object" && measured !== null) {
    if ("value" in measured) return finite(measured, measured.value, name);
    if ("gap" in measured) return measured.effect === undefined ? undefined : one(measured.effect, name);
    if ("effect" in measured && typeof measured.effect === "object") return one(measured.effect, name);
  }
  throw new OptionError(name, measured, "a number, { value, low, high }, a causal effect, or a list of these, one a run");
}

function finite(estimate: Estimate, value: number, name: string): Estimate {
  if (!Number.isFinite(value)) throw new OptionError(name, value, "a finite number");
  return estimate;
}
