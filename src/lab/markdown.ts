/** @file Tables of generated documents. */
import type { Estimate } from "../statistics/estimate.js";

export type Cell = string | number;

export function markdownTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => (typeof cell === "number" ? grouped(cell) : cell)).join(" | ")} |`;
  return [line(columns), `|${"---|".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}

/** `97.6 (96.8 to 98.3)`; a dash where there is no figure. */
export function percent({ value, low, high }: Estimate): string {
  const digits = (share: number) => (100 * share).toFixed(1);
  return Number.isFinite(value) ? `${digits(value)} (${digits(low)} to ${digits(high)})` : "–";
}

const grouped = (value: number): string => value.toLocaleString("en-US");
