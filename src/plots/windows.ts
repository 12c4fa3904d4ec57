import { OptionError } from "../errors.js";
import { drawCurves, type MeasuredPoint } from "./curves.js";
import type { Figure } from "./figure.js";
import { estimateOf, type Measured } from "./measured.js";
import { grouped, short } from "./numbers.js";
import { seriesOf } from "./series.js";

/** The neurons of `scores.window(from, to)` and what patching them does. */
export interface WindowPoint {
  /** shares of the ranked neurons where any bound of the figure lies between 0 and 1, else ranks counted from 0; `to` is excluded */
  readonly from: number;
  readonly to: number;
  readonly effect: Measured;
}

export interface WindowsOptions {
  title?: string;
}

/** With more windows than this the axis counts ranks in place of naming each window. */
const MOST_NAMED = 10;

/**
 * Causal effect of consecutive windows of neurons by rank, with bands of the 95 % confidence intervals (arXiv 2406.14144, figure 6). Points
 * lie at the middle of their window.
 *
 * @param data windows of one series, or of several by name, in the order of the legend
 * @throws OptionError for windows out of order and anything that is not of this form
 */
export function windows(
  data: readonly WindowPoint[] | Readonly<Record<string, readonly WindowPoint[]>>,
  options: WindowsOptions = {},
): Figure {
  const series = seriesOf(data, isWindows, "a list of { from, to, effect }");
  const all = series.flatMap(([, points]) => points);
  const shares = all.some(({ from, to }) => isFraction(from) || isFraction(to));
  const label = (bound: number) => (shares ? short(100 * bound) : grouped(bound));
  const placed = series.map(([name, points]) => [name, points.map((point, i) => place(point, `${name}[${i}]`))] as const);
  const named = new Map(placed.flatMap(([, points]) => points.map(({ x, label }) => [x, label] as const)));
  const ticks = named.size <= MOST_NAMED ? { tickvals: [...named.keys()], ticktext: [...named.values()] } : {};
  const x = shares ? "Rank of the neurons (% of all ranked)" : "Rank of the neurons";
  return drawCurves(placed, { title: options.title ?? "Causal effect by rank", x, y: "Causal effect" }, { xaxis: ticks });

  function place({ from, to, effect }: WindowPoint, name: string): MeasuredPoint & { label: string } {
    if (!(from >= 0 && to > from && to <= (shares ? 1 : Number.MAX_SAFE_INTEGER)))
      throw new OptionError(name, [from, to], `from < to, both ${shares ? "shares in [0, 1]" : "ranks from 0"}`);
    return { x: ((from + to) / 2) * (shares ? 100 : 1), y: estimateOf(effect, `${name}.effect`), label: `${label(from)}–${label(to)}` };
  }
}

const isFraction = (bound: number): boolean => bound > 0 && bound < 1;

function isWindows(value: unknown): value is readonly WindowPoint[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((point) => typeof point === "object" && point !== null && "from" in point && "to" in point && "effect" in point)
  );
}
