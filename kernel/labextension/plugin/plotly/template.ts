/** @file Defaults of a figure in JupyterLab's theme. A figure's own colours come before them. */
import { themeValue } from "../theme.js";

export function themeTemplate(): object {
  const text = themeValue("--jp-ui-font-color1", "#222");
  const faint = themeValue("--jp-border-color2", "#ddd");
  const line = themeValue("--jp-border-color1", "#bbb");
  const ground = themeValue("--jp-layout-color1", "#fff");
  const axis = { gridcolor: faint, linecolor: line, zerolinecolor: line, automargin: true };
  const spatial = { ...axis, backgroundcolor: "rgba(0,0,0,0)" };
  const error = { color: text };
  return {
    data: { bar: [{ error_x: error, error_y: error }] },
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: themeValue("--jp-ui-font-family", "sans-serif") },
      xaxis: axis,
      yaxis: axis,
      scene: { xaxis: spatial, yaxis: spatial, zaxis: spatial },
      polar: { bgcolor: "rgba(0,0,0,0)", angularaxis: axis, radialaxis: axis },
      hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: text } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: themeValue("--jp-ui-font-color3", "#888"), activecolor: text },
      // Okabe and Ito's colours, which colour-blind readers tell apart, without the black and yellow that a theme's ground swallows
      colorway: ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7"],
    },
  };
}
