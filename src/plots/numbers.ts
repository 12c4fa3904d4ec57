/** @file Numbers of a figure: as JSON carries them, and as people read them. */

/** A copy with plain arrays for typed ones, each number to six significant digits, `null` for those that are not finite. */
export function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, rounded);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [[key, rounded(part)]])));
}

/** The value that a share `share` of all lies below; the largest where there are few. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** At most three significant digits; a dash for what is no number. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1);
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export const grouped = (count: number): string => count.toLocaleString("en-US");

export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
