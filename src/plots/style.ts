/**
 * @file How all figures look. Series differ in colour, line and marker, so that they can be told apart by colour-blind readers (Okabe and
 * Ito's colours, without the yellow that fades on white) and in print. The ground is white in every theme.
 */
import type { PlotlyObject } from "./figure.js";

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D"] as const;
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"] as const;
const MARKERS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star"] as const;

/** From little to much: safe for colour-blind readers, and lighter means more. */
export const SEQUENTIAL = "Viridis";
/** From much below 0 (blue) over white to much above (orange); stops in [0, 1]. */
export const DIVERGING = [
  [0, "#0571B0"],
  [0.25, "#92C5DE"],
  [0.5, "#F7F7F7"],
  [0.75, "#F4A582"],
  [1, "#B35806"],
] as const;
export const INK = "#222222";
const LINES = "#666666";
const GRID = "#E6E6E6";

export const colour = (series: number): string => COLOURS[series % COLOURS.length]!;
export const dash = (series: number): string => DASHES[series % DASHES.length]!;
export const marker = (series: number): string => MARKERS[series % MARKERS.length]!;

/** A colour with some of the ground showing through. */
export function sheer(hex: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

/** Steps of Viridis from dark to light, for `count` ordered groups; its light end is left out on white. */
export function ordered(count: number): string[] {
  const stops = ["#440154", "#46337E", "#365C8D", "#277F8E", "#1FA187", "#4AC16D", "#A0DA39"];
  if (count === 1) return [colour(0)];
  return Array.from({ length: count }, (_, i) => stops[Math.round((i * (stops.length - 1)) / (count - 1))]!);
}

export function axis(title: string, more: PlotlyObject = {}): PlotlyObject {
  return {
    title: { text: title, standoff: 8 },
    automargin: true,
    linecolor: LINES,
    tickcolor: LINES,
    ticks: "outside",
    gridcolor: GRID,
    showgrid: false,
    zeroline: false,
    ...more,
  };
}

/** @param more takes precedence; `xaxis` and `yaxis` are expected there */
export function layout(title: string | undefined, more: PlotlyObject): PlotlyObject {
  return {
    ...(title !== undefined && {
      title: {
        text: title,
        x: 0,
        xref: "paper",
        xanchor: "left",
        y: 1,
        yref: "paper",
        yanchor: "bottom",
        pad: { b: 12 },
        font: { size: 15 },
      },
    }),
    font: { family: '"Open Sans", Verdana, Arial, sans-serif', size: 13, color: INK },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    height: 400,
    margin: { l: 64, r: 24, t: title === undefined ? 20 : 46, b: 56 },
    legend: { orientation: "h", x: 0.5, xanchor: "center", y: 0, yref: "container", yanchor: "bottom", traceorder: "normal" },
    hovermode: "closest",
    ...more,
  };
}
