/** @file Lines with bands of their confidence intervals. */
import { OptionError } from "../errors.js";
import type { Estimate } from "../statistics/estimate.js";
import { Figure, type PlotlyObject } from "./figure.js";
import { estimateOf, estimateText, hasInterval, type Measured } from "./measured.js";
import { grouped, short } from "./numbers.js";
import { type Series, seriesOf } from "./series.js";
import { axis, colour, dash, layout, marker, sheer } from "./style.js";
import { sparkline, textTable, titled } from "./text.js";

export interface CurvePoint {
  readonly x: number;
  readonly y: Measured;
}

export interface CurvesOptions {
  title?: string;
  /** title of the x axis, with its unit */
  x: string;
  /** title of the y axis, with its unit */
  y: string;
  /** default `"linear"` */
  scale?: "linear" | "log";
  /** range of the y axis; default: that of the data */
  range?: readonly [number, number];
}

/**
 * Any measure against a number, with bands of the confidence intervals: e.g. the accuracy of a harm predictor against the number of its
 * neurons (arXiv 2406.14144, figure 10b).
 *
 * @param data points of one series, or of several by name, in the order of the legend
 * @throws OptionError for points without a finite `x` or a measure
 */
export function curves(data: readonly CurvePoint[] | Readonly<Record<string, readonly CurvePoint[]>>, options: CurvesOptions): Figure {
  for (const name of ["x", "y"] as const)
    if (typeof options?.[name] !== "string") throw new OptionError(name, options?.[name], "the axis's title, with its unit");
  return drawCurves(measuredSeries(seriesOf(data, isPoints, "a list of { x, y }")), options);
}

export interface MeasuredPoint {
  readonly x: number;
  /** undefined: there is nothing to show, and the text says so */
  readonly y: Estimate | undefined;
  /** name of x in the text; default: the number */
  readonly label?: string;
}

/** @param axes `xaxis` and `yaxis` over the default ones */
export function drawCurves(
  series: Series<readonly MeasuredPoint[]>,
  options: CurvesOptions,
  axes: { readonly xaxis?: PlotlyObject; readonly yaxis?: PlotlyObject; readonly shapes?: readonly PlotlyObject[] } = {},
): Figure {
  const { title, x, y, scale = "linear", range } = options;
  const sorted = series.map(([name, points]) => [name, [...points].sort((a, b) => a.x - b.x)] as const);
  const data = sorted.flatMap(([name, points], i) => traces(name, points, i));
  const { shapes } = axes;
  return new Figure({
    data,
    layout: layout(title, {
      xaxis: axis(x, { type: scale, ...axes.xaxis }),
      yaxis: axis(y, { showgrid: true, ...(range && { range }), ...axes.yaxis }),
      showlegend: series.some(([name]) => name !== ""),
      ...(shapes && { shapes }),
    }),
    text: curvesText(sorted, title, x, y),
  });
}

function traces(name: string, points: readonly MeasuredPoint[], i: number): PlotlyObject[] {
  const shown = points.filter((point): point is MeasuredPoint & { y: Estimate } => point.y !== undefined);
  const banded = shown.filter(({ y }) => hasInterval(y));
  const band = {
    type: "scatter",
    mode: "lines",
    x: [...banded.map(({ x }) => x), ...banded.map(({ x }) => x).reverse()],
    y: [...banded.map(({ y }) => y.high), ...banded.map(({ y }) => y.low).reverse()],
    fill: "toself",
    fillcolor: sheer(colour(i), 0.18),
    line: { width: 0 },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: `${i}`,
  };
  const line = {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: shown.map(({ x }) => x),
    y: shown.map(({ y }) => y.value),
    text: shown.map(({ y }) => estimateText(y)),
    hovertemplate: "%{x}: %{text}",
    line: { color: colour(i), width: 2, dash: dash(i) },
    marker: { color: colour(i), size: 7, symbol: marker(i) },
    legendgroup: `${i}`,
  };
  // a single point has no area: bars in place of the band
  if (banded.length !== 1) return banded.length === 0 ? [line] : [band, line];
  const errors = (side: (y: Estimate) => number) => shown.map(({ y }) => (hasInterval(y) ? side(y) : 0));
  const bars = { type: "data", symmetric: false, array: errors((y) => y.high - y.value), arrayminus: errors((y) => y.value - y.low) };
  return [{ ...line, error_y: { ...bars, color: colour(i), thickness: 2, width: 0 } }];
}

function curvesText(series: Series<readonly MeasuredPoint[]>, title: string | undefined, x: string, y: string): string {
  const places = new Map(series.flatMap(([, points]) => points.map((point) => [point.x, point.label ?? number(point.x)] as const)));
  const rows = [...places].sort(([a], [b]) => a - b);
  const cells = (points: readonly MeasuredPoint[], at: number) => {
    const point = points.find((one) => one.x === at);
    return point ? estimateText(point.y) : "";
  };
  const table = textTable(
    [x, ...series.map(([name]) => name || y)],
    rows.map(([at, label]) => [label, ...series.map(([, points]) => cells(points, at))]),
  );
  const lines = series.map(([name, points]) => `${sparkline(points.map((point) => point.y?.value ?? Number.NaN))}  ${name || y}`);
  return titled(title, ...(series.some(([name]) => name) ? [y] : []), table, ...lines);
}

const number = (x: number): string => (Number.isInteger(x) ? grouped(x) : short(x));

function measuredSeries(series: Series<readonly CurvePoint[]>): Series<readonly MeasuredPoint[]> {
  return series.map(([name, points]) => [
    name,
    points.map(({ x, y }, i) => {
      const place = `${name}[${i}]`;
      if (!Number.isFinite(x)) throw new OptionError(`${place}.x`, x, "a finite number");
      return { x, y: estimateOf(y, `${place}.y`) };
    }),
  ]);
}

function isPoints(value: unknown): value is readonly CurvePoint[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((point) => typeof point === "object" && point !== null && "x" in point && "y" in point)
  );
}
