/** @file Does a claim of the paper hold in the numbers at hand? Decided by a confidence interval alone, so that chance decides nothing. */
import { OptionError } from "../errors.js";
import type { Estimate } from "../statistics/estimate.js";

export type Verdict = "holds" | "does not hold" | "undecided";

/** What a figure is claimed to be: above a bar, below one, or between two. */
export type Claim = { readonly above: number } | { readonly below: number } | { readonly within: readonly [low: number, high: number] };

export interface Finding {
  readonly verdict: Verdict;
  /** the figure itself */
  readonly effect: number;
  readonly ci: readonly [low: number, high: number];
  /** in words, e.g. `"0.97 (0.91 to 1.02) above 0.9: holds"` */
  readonly summary: string;
}

/**
 * Compares an estimate with a claim. `holds` where the whole confidence interval lies on the claim's side, `does not hold` where all of it
 * lies on the other, else `undecided`; also `undecided` without an estimate (no gap to explain), where a number is NaN, and where
 * `reference` is not wholly above `chance`: a figure that is at chance before the change, or below it, cannot show that the change harmed nothing.
 *
 * @param estimate e.g. the `effect` of a causal effect, `meanEstimate`, `tEstimate`, or a t test's `difference`
 * @throws OptionError for a claim without a finite bar, or a `within` that is empty
 */
export function verdict(
  estimate: Estimate | undefined,
  claim: Claim,
  { reference, chance }: { readonly reference?: Estimate; readonly chance?: number } = {},
): Finding {
  const [least, most] = bounds(claim);
  if ((reference === undefined) !== (chance === undefined))
    throw new OptionError("chance", chance, "both reference and chance, or neither");
  const { value, low, high } = estimate ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const atChance = reference !== undefined && reference.low <= chance!;
  const place = atChance && reference.high < chance! ? "below chance" : "at chance";
  const decided = low > least && high < most ? "holds" : low >= most || high <= least ? "does not hold" : "undecided";
  const given = atChance || ![value, low, high].every((x) => !Number.isNaN(x)) ? "undecided" : decided;
  const why = estimate !== undefined && atChance ? ` (the reference is ${place})` : "";
  const unbounded = low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY;
  const interval = unbounded ? "(a single one, no interval)" : `(${digits(low)} to ${digits(high)})`;
  const figure = estimate === undefined ? "no estimate, claimed" : `${digits(value)} ${interval}`;
  const summary = `${figure} ${inWords(claim)}: ${given}${why}`;
  return { verdict: given, effect: value, ci: [low, high], summary };
}

/**
 * One verdict of several parts of a claim: `does not hold` where one of them does not, else `undecided` where one of them is, else `holds`.
 *
 * @throws OptionError for none
 */
export function allHold(findings: readonly Pick<Finding, "verdict">[]): Verdict {
  if (findings.length === 0) throw new OptionError("findings", "none", "at least one");
  const any = (wanted: Verdict) => findings.some(({ verdict }) => verdict === wanted);
  return any("does not hold") ? "does not hold" : any("undecided") ? "undecided" : "holds";
}

/**
 * A claim about each of several figures, e.g. of all benchmarks, as {@link allHold}; `effect` and `ci` are those of the figure that decides: of those with this verdict
 * the one that is least on the claim's side. Figures without an estimate do not count; with none left the verdict is `undecided`.
 *
 * @param estimates by what they are of
 * @throws OptionError as {@link verdict}
 */
export function verdictForAll(estimates: Readonly<Record<string, Estimate | undefined>>, claim: Claim): Finding {
  const [least, most] = bounds(claim);
  const each = Object.entries(estimates).flatMap(([name, estimate]) => (estimate ? [{ name, finding: verdict(estimate, claim) }] : []));
  if (each.length === 0) return verdict(undefined, claim);
  const given = allHold(each.map(({ finding }) => finding));
  const margin = ({ ci: [low, high] }: Finding) => Math.min(low - least, most - high);
  const [deciding] = each.filter(({ finding }) => finding.verdict === given).sort((a, b) => margin(a.finding) - margin(b.finding));
  const holding = each.filter(({ finding }) => finding.verdict === "holds").length;
  const { finding, name } = deciding!;
  return { ...finding, summary: `${name} ${finding.summary}; holds for ${holding} of ${each.length}` };
}

function bounds(claim: Claim): readonly [least: number, most: number] {
  const [least, most] =
    "above" in claim
      ? [claim.above, Number.POSITIVE_INFINITY]
      : "below" in claim
        ? [Number.NEGATIVE_INFINITY, claim.below]
        : [claim.within[0], claim.within[1]];
  if (!(least < most))
    throw new OptionError("claim", JSON.stringify(claim), "{ above }, { below } or { within: [low, high] } with low < high");
  return [least, most];
}

function inWords(claim: Claim): string {
  if ("above" in claim) return `above ${digits(claim.above)}`;
  return "below" in claim ? `below ${digits(claim.below)}` : `within ${digits(claim.within[0])} to ${digits(claim.within[1])}`;
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));
