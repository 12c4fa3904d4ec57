/** @file The figures, by what they show. */
export { bars } from "./bars.js";
export { causalEffect } from "./causal-effect.js";
export { curves } from "./curves.js";
export { heatmap } from "./heatmap.js";
export { histogram } from "./histogram.js";
export { layers } from "./layers.js";
export { neurons } from "./neurons.js";
export { scatter } from "./scatter.js";
export { tokens } from "./tokens.js";
export { training } from "./training.js";
export { windows } from "./windows.js";
