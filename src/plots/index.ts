/** @file The figures, by what they show. */
export { causalEffect } from "./causal-effect.js";
export { curves } from "./curves.js";
export { histogram } from "./histogram.js";
export { layers } from "./layers.js";
