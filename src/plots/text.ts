/** @file Figures as text: aligned tables and lines of bars. */

const BARS = "▁▂▃▄▅▆▇█";
const BAR_WIDTH = 30;

/** Columns aligned, numbers (every cell of a column but its head) to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const right = head.map((_, i) => rows.every((row) => /^[-–+\d]/.test(row[i]!)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One character a value, from the least to the largest; a space where there is none. */
export function sparkline(values: readonly number[]): string {
  const known = values.filter(Number.isFinite);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      return most > least ? BARS[Math.round(((value - least) / (most - least)) * (BARS.length - 1))] : BARS[0];
    })
    .join("");
}

/** A bar for a count that is not below 0; any count above 0 shows. */
export function bar(value: number, most: number): string {
  return "█".repeat(value > 0 ? Math.max(1, Math.round((BAR_WIDTH * value) / most)) : 0);
}

/** Title above, body below. */
export const titled = (title: string | undefined, ...lines: readonly string[]): string =>
  [...(title === undefined ? [] : [title]), ...lines].join("\n");
