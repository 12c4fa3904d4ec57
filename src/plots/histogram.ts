import { OptionError } from "../errors.js";
import type { ScoreKind } from "../neurons/change-scores.js";
import { skewness } from "../statistics/skewness.js";
import { Figure, type PlotlyObject } from "./figure.js";
import { grouped, percent, short } from "./numbers.js";
import { isScores, type RankingScores, valuesOf } from "./scores.js";
import { type Series, seriesOf } from "./series.js";
import { axis, colour, INK, layout, sheer } from "./style.js";
import { bar, textTable, titled } from "./text.js";

export interface HistogramOptions {
  title?: string;
  /** title of the x axis; default `"Change score"` */
  x?: string;
  /** what is counted; default `"Neurons"` */
  y?: string;
  /** default 60 */
  bins?: number;
  /** counts on a logarithmic axis; default true */
  log?: boolean;
  /** of change scores: which; default `"change"` */
  score?: ScoreKind;
  /** of change scores: marks the lowest score of the top, a share below 1 or a count; default 0.05, 0 = no mark */
  top?: number;
}

type Values = RankingScores | ArrayLike<number>;

interface Distribution {
  readonly values: Float64Array;
  readonly skewness: number;
  readonly threshold: number | undefined;
}

/**
 * Distribution of change scores or any values, with its skewness and the threshold of the top (arXiv 2406.14144, figure 5a). Values are
 * counted here; the figure holds the counts.
 *
 * @param data change scores (ranked neurons), values, or several of these by name
 * @throws OptionError for values that are not finite, and for none
 */
export function histogram(data: Values | Readonly<Record<string, Values>>, options: HistogramOptions = {}): Figure {
  const { bins = 60, log = true } = options;
  if (!Number.isInteger(bins) || bins < 2 || bins > 500) throw new OptionError("bins", bins, "a whole number in [2, 500]");
  const series = seriesOf(data, isValues, "change scores or a list of numbers").map(
    ([name, values]) => [name, distribution(values, name, options)] as const,
  );
  const { least, width } = edges(series, bins);
  const counted = series.map(([name, one]) => [name, one, counts(one.values, least, width, bins)] as const);
  const middles = Array.from({ length: bins }, (_, i) => least + (i + 0.5) * width);
  const { title = "Distribution of change scores", x = "Change score", y = "Neurons" } = options;
  const marks = counted.flatMap(([, { threshold }], i) => (threshold === undefined ? [] : mark(threshold, i)));
  const many = counted.length > 1;
  return new Figure({
    data: counted.map(([name, , heights], i) => (many ? steps(name, middles, heights, i) : bars(middles, heights, width))),
    layout: layout(title, {
      bargap: 0,
      xaxis: axis(x),
      yaxis: axis(y, { showgrid: true, type: log ? "log" : "linear", ...(log && { dtick: 1, range: [-0.3, tallest(counted)] }) }),
      showlegend: many,
      shapes: marks,
      annotations: many ? [] : notes(counted[0]![1], options),
    }),
    text: histogramText(counted, middles, title, x),
  });
}

function distribution(data: Values, name: string, { score, top = 0.05 }: HistogramOptions): Distribution {
  const scores = isScores(data);
  const values = Float64Array.from(
    scores ? valuesOf(data, score).subarray(0, (data.layers - data.excludeLastLayers) * data.neurons) : data,
  );
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new OptionError(`${name}[${wrong}]`, values[wrong], "a finite number");
  if (values.length === 0) throw new OptionError(name || "data", "no values", "at least one");
  return { values, skewness: skewness(values), threshold: scores && top > 0 ? data.threshold(top, { score }) : undefined };
}

function edges(series: Series<Distribution>, bins: number): { least: number; width: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [, { values }] of series)
    for (const value of values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  return { least, width: (most - least || 1) / bins };
}

function counts(values: Float64Array, least: number, width: number, bins: number): number[] {
  const heights = new Array<number>(bins).fill(0);
  for (const value of values) heights[Math.min(bins - 1, Math.floor((value - least) / width))]! += 1;
  return heights;
}

const tallest = (counted: readonly (readonly [string, Distribution, number[]])[]): number =>
  Math.log10(Math.max(...counted.flatMap(([, , heights]) => heights))) + 0.15;

const bars = (x: number[], y: number[], width: number): PlotlyObject => ({
  type: "bar",
  x,
  y,
  width,
  marker: { color: colour(0) },
  hovertemplate: "%{x}: %{y}<extra></extra>",
});

/** Outlines, so that one does not hide another; empty bins are gaps on a logarithmic axis. */
const steps = (name: string, x: number[], y: number[], i: number): PlotlyObject => ({
  type: "scatter",
  mode: "lines",
  name,
  x,
  y,
  line: { shape: "hvh", color: colour(i), width: 2 },
  hovertemplate: "%{x}: %{y}",
});

const mark = (threshold: number, i: number): PlotlyObject[] => [
  {
    type: "line",
    x0: threshold,
    x1: threshold,
    yref: "paper",
    y0: 0,
    y1: 1,
    line: { color: i === 0 ? INK : sheer(colour(i), 0.9), width: 1.5, dash: "dash" },
  },
];

function notes(one: Distribution, { top = 0.05 }: HistogramOptions): PlotlyObject[] {
  const lines = [`skewness ${short(one.skewness)}`];
  if (one.threshold !== undefined) lines.push(`${topText(top)} from ${short(one.threshold)} on`);
  return [
    {
      xref: "paper",
      yref: "paper",
      x: 1,
      y: 1,
      xanchor: "right",
      yanchor: "top",
      align: "right",
      showarrow: false,
      text: lines.join("<br>"),
    },
  ];
}

const topText = (top: number): string => (top < 1 ? `top ${percent(top)}` : `top ${grouped(top)}`);

const TEXT_ROWS = 12;

function histogramText(
  counted: readonly (readonly [string, Distribution, number[]])[],
  middles: readonly number[],
  title: string,
  x: string,
): string {
  const facts = counted.map(([name, { values, skewness, threshold }]) => {
    const parts = [`${grouped(values.length)} values`, `skewness ${short(skewness)}`];
    if (threshold !== undefined) parts.push(`threshold of the top ${short(threshold)}`);
    return `${name ? `${name}: ` : ""}${parts.join(", ")}`;
  });
  // neighbouring bins together: a text of sixty lines says no more
  const together = Math.ceil(middles.length / TEXT_ROWS);
  const half = (middles[1]! - middles[0]!) / 2;
  const rows: string[][] = [];
  for (let from = 0; from < middles.length; from += together) {
    const to = Math.min(from + together, middles.length);
    const sums = counted.map(([, , heights]) => heights.slice(from, to).reduce((a, b) => a + b, 0));
    const range = `${short(middles[from]! - half)} to ${short(middles[to - 1]! + half)}`;
    rows.push([
      range,
      ...sums.map(grouped),
      counted.length === 1 ? bar(Math.log1p(sums[0]!), Math.log1p(counted[0]![1].values.length)) : "",
    ]);
  }
  const head = counted.length === 1 ? [x, "count", "(logarithmic)"] : [x, ...counted.map(([name]) => name), ""];
  return titled(title, ...facts, textTable(head, rows));
}

function isValues(value: unknown): value is Values {
  if (isScores(value)) return true;
  return (Array.isArray(value) || ArrayBuffer.isView(value)) && typeof (value as ArrayLike<number>)[0] === "number";
}
