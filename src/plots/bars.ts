import { OptionError } from "../errors.js";
import type { Estimate } from "../statistics/estimate.js";
import { Figure } from "./figure.js";
import { estimateOf, estimateText, hasInterval, type Measured } from "./measured.js";
import { axis, colour, layout } from "./style.js";
import { textTable, titled } from "./text.js";

export interface BarsOptions {
  title?: string;
  /** title of the y axis, with its unit */
  y: string;
  /** what the groups are; default: nothing */
  x?: string;
  /** range of the y axis; default: from 0 to the data */
  range?: readonly [number, number];
}

/**
 * Bars in groups with error bars of the 95 % confidence intervals: e.g. the mean cost of Base, SFT and DPO on each benchmark, or the causal
 * effect of each objective's neurons.
 *
 * @param data for each series (a colour, in the order of the legend) its bar in each group, in the order of the axis
 * @throws OptionError for a bar without a finite number, and without `y`
 */
export function bars(data: Readonly<Record<string, Readonly<Record<string, Measured>>>>, options: BarsOptions): Figure {
  const { title, x = "", y, range } = options ?? {};
  if (typeof y !== "string") throw new OptionError("y", y, "the axis's title, with its unit");
  const series = Object.entries(data).map(([name, groups]) => {
    if (typeof groups !== "object" || groups === null || Array.isArray(groups))
      throw new OptionError(`data[${JSON.stringify(name)}]`, groups, "an object of bars by group");
    return [name, new Map(Object.entries(groups).map(([group, bar]) => [group, estimateOf(bar, `${name}.${group}`)]))] as const;
  });
  const groups = [...new Set(series.flatMap(([, known]) => [...known.keys()]))];
  if (groups.length === 0) throw new OptionError("data", "no bars", "an object of series of bars by group");
  return new Figure({
    data: series.map(([name, known], i) => {
      const shown = groups.map((group) => known.get(group));
      const side = (of: (estimate: Estimate) => number) => shown.map((one) => (one && hasInterval(one) ? of(one) : null));
      return {
        type: "bar",
        name,
        x: groups,
        y: shown.map((one) => one?.value ?? null),
        text: shown.map((one, at) => (known.has(groups[at]!) ? estimateText(one) : "")),
        textposition: "none",
        hovertemplate: "%{x}: %{text}",
        marker: { color: colour(i) },
        error_y: {
          type: "data",
          symmetric: false,
          array: side(({ high, value }) => high - value),
          arrayminus: side(({ low, value }) => value - low),
          thickness: 2,
          // without caps a bar without an interval shows none
          width: 0,
        },
      };
    }),
    layout: layout(title, {
      barmode: "group",
      bargap: 0.25,
      xaxis: axis(x, { type: "category", ticks: "" }),
      yaxis: axis(y, { showgrid: true, zeroline: true, zerolinecolor: "#222222", ...(range && { range }) }),
      showlegend: series.length > 1,
    }),
    text: titled(
      title,
      y,
      textTable(
        [x, ...series.map(([name]) => name)],
        groups.map((group) => [group, ...series.map(([, known]) => (known.has(group) ? estimateText(known.get(group)) : ""))]),
      ),
    ),
  });
}
