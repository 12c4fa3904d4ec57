import { OptionError } from "../errors.js";
import type { CausalEffect } from "../neurons/causal-effect.js";
import type { NeuronSet } from "../neurons/neuron-set.js";
import { drawCurves, type MeasuredPoint } from "./curves.js";
import { Figure } from "./figure.js";
import { estimateOf, estimateText, isEffect, type Measured } from "./measured.js";
import { short } from "./numbers.js";
import { seriesOf } from "./series.js";
import { axis, colour, INK, layout } from "./style.js";
import { textTable, titled } from "./text.js";

/** One point of the paper's figure 2; what `causalEffect` returns, spread beside `neurons`, is one. */
export interface EffectPoint {
  /** the patched neurons or their number; a set or number a run where there are several */
  readonly neurons: number | NeuronSet;
  /** 0 patched neurons need none: their effect is 0 */
  readonly effect: Measured;
}

export interface CausalEffectOptions {
  title?: string;
  /** number of all neurons: the x axis shows shares of it. Default: counts */
  total?: number;
  /** what was measured, with its unit, for the figure of a single effect; default `"mean metric"` */
  metric?: string;
}

type EffectSeries = readonly EffectPoint[];

/**
 * Causal effect against the number of patched neurons, with bands of the 95 % confidence intervals (arXiv 2406.14144, figure 2). Of a single
 * effect: the mean metric of the first model, of the same with its neurons patched, and of the second.
 *
 * @param data an effect, or points `{ neurons, effect }` of one series, or of several by name in the order of the legend, e.g. safety
 *   neurons before random ones. Several runs of a point (`effect: [of seed 0, of seed 1, …]`) are shown by their mean and Student's interval
 * @throws OptionError for points that are not of this form
 */
export function causalEffect(
  data: CausalEffect | { readonly effect: CausalEffect } | EffectSeries | Readonly<Record<string, EffectSeries>>,
  options: CausalEffectOptions = {},
): Figure {
  const single = singleEffect(data);
  if (single) return means(single, options);
  const { title = "Causal effect of patched neurons", total } = options;
  if (total !== undefined && !(total >= 1)) throw new OptionError("total", total, "the number of all neurons");
  const series = seriesOf(data as EffectSeries | Readonly<Record<string, EffectSeries>>, isSeries, "a list of { neurons, effect }");
  const points = series.map(([name, list]) => [name, list.map((point, i) => placed(point, `${name}[${i}]`, total))] as const);
  const x = total === undefined ? "Patched neurons" : "Patched neurons (% of all)";
  const zero = { type: "line", xref: "paper", x0: 0, x1: 1, y0: 0, y1: 0, line: { color: INK, width: 1 } };
  return drawCurves(
    points,
    { title, x, y: "Causal effect" },
    { xaxis: { rangemode: "tozero" }, shapes: [zero, { ...zero, y0: 1, y1: 1, line: { ...zero.line, dash: "dot" } }] },
  );
}

function placed({ neurons, effect }: EffectPoint, name: string, total: number | undefined): MeasuredPoint {
  const count = typeof neurons === "number" ? neurons : neurons.count;
  if (!(count >= 0) || !Number.isFinite(count))
    throw new OptionError(`${name}.neurons`, neurons, "a NeuronSet or the number of its neurons");
  return { x: total === undefined ? count : (100 * count) / total, y: estimateOf(effect, `${name}.effect`) };
}

function means(effect: CausalEffect, { title, metric = "mean metric" }: CausalEffectOptions): Figure {
  const { first, patched, second, level, prompts } = effect;
  const rows = [
    ["First model", first],
    ["First, patched", patched],
    ["Second model", second],
  ] as const;
  const coverage = `${Number((100 * level).toPrecision(4))} % CI`;
  const heading =
    title ?? (effect.effect ? `Causal effect ${estimateText(effect.effect)}` : `No gap to explain: ${estimateText(effect.gap)} includes 0`);
  return new Figure({
    data: [
      {
        type: "scatter",
        mode: "markers",
        x: rows.map(([, { value }]) => value),
        y: rows.map(([name]) => name),
        error_x: {
          type: "data",
          symmetric: false,
          array: rows.map(([, { value, high }]) => high - value),
          arrayminus: rows.map(([, { value, low }]) => value - low),
          thickness: 2,
          color: colour(0),
        },
        marker: { color: colour(0), size: 11 },
        text: rows.map(([, estimate]) => estimateText(estimate)),
        hovertemplate: "%{y}: %{text}<extra></extra>",
      },
    ],
    layout: layout(heading, {
      height: 260,
      xaxis: axis(`${metric} (${prompts} prompts, ${coverage})`, { showgrid: true }),
      yaxis: axis("", { autorange: "reversed", type: "category" }),
    }),
    text: titled(
      heading,
      textTable(
        ["", metric, coverage],
        rows.map(([name, estimate]) => [name, short(estimate.value), `${short(estimate.low)} to ${short(estimate.high)}`]),
      ),
    ),
  });
}

function singleEffect(data: unknown): CausalEffect | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  if (isEffect(data)) return data;
  const { effect } = data as { effect?: object };
  return effect && !Array.isArray(effect) && isEffect(effect) ? effect : undefined;
}

function isSeries(value: unknown): value is EffectSeries {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((point) => typeof point === "object" && point !== null && "neurons" in point && "effect" in point)
  );
}
