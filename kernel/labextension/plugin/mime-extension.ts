/** @file The renderers, as JupyterLab registers them before any notebook opens. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { NeuronRenderer } from "./neurons/renderer.js";
import { PlotlyRenderer } from "./plotly/renderer.js";

type Renderer = new (options: IRenderMime.IRendererOptions) => IRenderMime.IRenderer;

/**
 * Ranks: before the picture and the HTML that come along for other front ends, and the neuron view before a figure of the same neurons.
 * Safe: nothing from the data runs, or becomes HTML.
 */
const extension = (name: string, rank: number, mimeType: string, Class: Renderer): IRenderMime.IExtension => ({
  id: `neuronbook:${name}`,
  dataType: "json",
  rank,
  rendererFactory: { safe: true, mimeTypes: [mimeType], createRenderer: (options) => new Class(options) },
});

export default [
  extension("plotly", 1, "application/vnd.plotly.v1+json", PlotlyRenderer),
  extension("neurons", 0, "application/vnd.neuronbook.neurons+json", NeuronRenderer),
];
