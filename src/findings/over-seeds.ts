/** @file One figure of several training seeds. */
import type { Estimate } from "../statistics/estimate.js";
import { tEstimate } from "../statistics/student-t.js";

/**
 * The mean over training seeds with Student's 95 % interval, as the paper's error bars; of a single seed its own interval over prompts.
 * Seeds without an estimate (no gap to explain) do not count.
 *
 * @returns undefined where no seed has an estimate
 */
export function overSeeds(estimates: readonly (Estimate | undefined)[]): Estimate | undefined {
  const known = estimates.filter((one) => one !== undefined);
  return known.length < 2 ? known[0] : tEstimate(known.map(({ value }) => value));
}
