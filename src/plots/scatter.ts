/** @file Points by two measures, e.g. answers by the scores of two judges. */
import { OptionError } from "../errors.js";
import { Figure } from "./figure.js";
import { grouped, short } from "./numbers.js";
import { type Series, seriesOf } from "./series.js";
import { axis, colour, layout, marker, sheer } from "./style.js";
import { textTable, titled } from "./text.js";

export interface ScatterPoints {
  /** one number a point */
  readonly x: ArrayLike<number>;
  /** as many */
  readonly y: ArrayLike<number>;
}

export interface ScatterOptions {
  title?: string;
  /** title of the x axis, with its unit */
  x: string;
  /** title of the y axis, with its unit */
  y: string;
}

/** More points would make a notebook large and could not be told apart. */
const MOST_POINTS = 20_000;

/**
 * Points by two measures: e.g. answers by their cost and by a second judge's score (arXiv 2406.14144, figure 10a). The text gives the number
 * of points of each series, the mean and range of both measures, and Pearson's correlation.
 *
 * @param data points of one series, or of several by name, in the order of the legend; colours show through each other
 * @throws OptionError for numbers that are not finite or not as many, for none and for more than 20,000 points
 */
export function scatter(data: ScatterPoints | Readonly<Record<string, ScatterPoints>>, options: ScatterOptions): Figure {
  for (const name of ["x", "y"] as const)
    if (typeof options?.[name] !== "string") throw new OptionError(name, options?.[name], "the axis's title, with its unit");
  const { title, x, y } = options;
  const series = seriesOf(data, isPoints, "{ x, y }, lists of as many numbers").map(
    ([name, points]) => [name, checked(points, name)] as const,
  );
  const count = series.reduce((sum, [, points]) => sum + points.x.length, 0);
  if (count === 0 || count > MOST_POINTS) throw new OptionError("data", `${count} points`, `from 1 to ${MOST_POINTS} points`);
  return new Figure({
    data: series.map(([name, points], i) => ({
      type: "scatter",
      mode: "markers",
      name,
      x: points.x,
      y: points.y,
      hovertemplate: "%{x}, %{y}",
      marker: { color: sheer(colour(i), 0.45), size: 7, symbol: marker(i) },
    })),
    layout: layout(title, {
      xaxis: axis(x, { showgrid: true }),
      yaxis: axis(y, { showgrid: true }),
      showlegend: series.some(([name]) => name !== ""),
    }),
    text: scatterText(series, title, x, y),
  });
}

interface Checked {
  readonly x: number[];
  readonly y: number[];
}

function scatterText(series: Series<Checked>, title: string | undefined, x: string, y: string): string {
  const spread = (values: readonly number[]) =>
    values.length === 0 ? "" : `${short(mean(values))} [${short(Math.min(...values))}, ${short(Math.max(...values))}]`;
  return titled(
    title,
    textTable(
      ["", "points", `${x}: mean [range]`, `${y}: mean [range]`, "Pearson's r"],
      series.map(([name, points]) => [name, grouped(points.x.length), spread(points.x), spread(points.y), short(correlation(points))]),
    ),
  );
}

function correlation({ x, y }: Checked): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, i) => {
    xx += (value - mx) ** 2;
    yy += (y[i]! - my) ** 2;
    xy += (value - mx) * (y[i]! - my);
  });
  return xy / Math.sqrt(xx * yy);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function checked({ x, y }: ScatterPoints, name: string): Checked {
  if (x.length !== y.length) throw new OptionError(name || "data", `${x.length} x and ${y.length} y`, "as many of both");
  const points = { x: Array.from(x), y: Array.from(y) };
  for (const side of ["x", "y"] as const) {
    const wrong = points[side].findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new OptionError(`${name}.${side}[${wrong}]`, points[side][wrong], "a finite number");
  }
  return points;
}

const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);

function isPoints(value: unknown): value is ScatterPoints {
  return typeof value === "object" && value !== null && "x" in value && "y" in value && isList(value.x) && isList(value.y);
}
