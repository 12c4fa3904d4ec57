/** @file When two numbers, texts or JSON values of a rerun count as the same. */

/** Noise about 0, such as of a difference that cancels out, has no relative size. */
const ABSOLUTE = 1e-12;

export interface Difference {
  /** place within the value, such as `rows[2].effect`; empty: the value itself */
  readonly at: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** @param tolerance relative to the larger of the two; 0: they must be equal */
export function sameNumber(expected: number, got: number, tolerance: number): boolean {
  if (Object.is(expected, got) || expected === got) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return false;
  if (tolerance === 0) return false;
  return Math.abs(expected - got) <= Math.max(ABSOLUTE, tolerance * Math.max(Math.abs(expected), Math.abs(got)));
}

const NUMBER = /[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi;
const DURATION = /\d+(?:\.\d+)?[  ]?(?:ms|s|sec|seconds?|min|minutes?|h|hours?)\b/g;

/**
 * Texts are the same where their words are, durations and widths of columns left out, and their numbers: whole ones exactly, others within
 * the tolerance or one unit of the last digit printed, which rounding may turn.
 */
export function sameText(expected: string, got: string, tolerance: number): boolean {
  if (expected === got) return true;
  const [a, b] = [expected, got].map((text) => text.replace(DURATION, "…").replaceAll(/\s+/g, " ").trim()) as [string, string];
  if (a.replace(NUMBER, "#") !== b.replace(NUMBER, "#")) return false;
  const numbers = b.match(NUMBER) ?? [];
  return (a.match(NUMBER) ?? []).every((one, i) => samePrinted(one, numbers[i]!, tolerance));
}

function samePrinted(a: string, b: string, tolerance: number): boolean {
  if (a === b) return true;
  const digits = Math.max(decimals(a), decimals(b));
  if (digits === 0) return false;
  const [x, y] = [a, b].map((text) => Number(text.replace("−", "-"))) as [number, number];
  // a hair more than one unit: decimal fractions are not exact
  return sameNumber(x, y, tolerance) || Math.abs(x - y) <= 1.000001 * 10 ** -digits;
}

/** Digits after the point that a number is printed with; none of a whole one. */
function decimals(text: string): number {
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  return Math.max(0, (mantissa!.split(".")[1]?.length ?? 0) - Number(exponent));
}

/** Of JSON results: what a rerun need not have again. */
const LEFT_OUT = new Set(["origin", "seconds"]);

/** Where JSON values differ; keys `origin` and `seconds` are left out. Whole numbers on both sides are compared exactly. */
export function* jsonDifferences(expected: unknown, got: unknown, tolerance: number, at = ""): Generator<Difference> {
  if (typeof expected === "number" && typeof got === "number") {
    const exact = Number.isInteger(expected) && Number.isInteger(got);
    if (!sameNumber(expected, got, exact ? 0 : tolerance)) yield { at, expected, got };
  } else if (typeof expected === "string" && typeof got === "string") {
    if (!sameText(expected, got, tolerance)) yield { at, expected, got };
  } else if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) yield { at: `${at}.length`, expected: expected.length, got: got.length };
    else for (const [i, one] of expected.entries()) yield* jsonDifferences(one, got[i], tolerance, `${at}[${i}]`);
  } else if (isRecord(expected) && isRecord(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)]))
      if (!LEFT_OUT.has(key)) yield* jsonDifferences(own(expected, key), own(got, key), tolerance, at === "" ? key : `${at}.${key}`);
  } else if (expected !== got) yield { at, expected, got };
}

const own = (value: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
