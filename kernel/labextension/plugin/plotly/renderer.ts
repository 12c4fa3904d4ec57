/** @file Shows a plotly figure: as wide as the cell, in the theme's colours. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "../lumino.js";
import { errorMessage } from "../message.js";
import { isDark, onThemeChange, themeValue } from "../theme.js";
import { hasTemplate, onDark, recolour } from "./dark.js";
import { type Plotly, plotly } from "./library.js";
import { themeTemplate } from "./template.js";

interface Figure {
  readonly data?: readonly object[];
  readonly layout?: { readonly height?: number; readonly template?: unknown };
  readonly frames?: readonly object[];
  readonly config?: object;
}

const HEIGHT = 450;
/** plotly.js offers to upload figures to a company's server; a notebook's figures stay where they are. */
const PRIVATE = { showSendToCloud: false, plotlyServerURL: "" };
const GROUND = "--jp-layout-color0";
const INK = "--jp-ui-font-color1";
const pen = document.createElement("canvas").getContext("2d")!;

export class PlotlyRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #unwatchTheme: () => void;
  readonly #sizes: ResizeObserver;
  readonly #plot = document.createElement("div");
  #plotly: Plotly | undefined;
  #figure: Figure = {};

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    this.#mimeType = mimeType;
    this.addClass("neuronbook-plotly");
    this.#unwatchTheme = onThemeChange(() => void this.#draw());
    this.#sizes = new ResizeObserver(() => this.#fit());
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    try {
      this.#figure = model.data[this.#mimeType] as Figure;
      this.#plotly = await plotly();
      await this.#draw();
    } catch (error) {
      this.node.replaceChildren(errorMessage("this figure", error));
    }
  }

  async #draw(): Promise<void> {
    const library = this.#plotly;
    if (library === undefined || this.isDisposed) return;
    const { data, layout, frames, config } = themed(this.#figure);
    this.node.replaceChildren(this.#plot);
    // plotly.js takes a size that it is not given from the element
    this.#plot.style.height = `${layout?.height ?? HEIGHT}px`;
    // with the same revision what the user did to the figure stays
    const filled = { autosize: true, uirevision: "neuronbook", ...layout };
    await library.react(this.#plot, data ?? [], filled, { displaylogo: false, ...config, responsive: false, ...PRIVATE });
    if (frames !== undefined) await library.addFrames(this.#plot, frames);
    if (this.isDisposed) library.purge(this.#plot);
    else this.#sizes.observe(this.node);
  }

  /** Hidden outputs have no width, and keep the size that they had. */
  #fit(): void {
    if (this.node.clientWidth > 0) void this.#plotly?.Plots.resize(this.#plot);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unwatchTheme();
    this.#sizes.disconnect();
    this.#plotly?.purge(this.#plot);
    super.dispose();
  }
}

/**
 * A copy, since plotly.js writes into what it is given and the notebook keeps its own; in the theme's colours, unless the figure brings a
 * template.
 */
function themed(figure: Figure): Figure {
  const copy = structuredClone(figure);
  if (hasTemplate(copy)) return copy;
  if (isDark()) recolour(copy, onDark(copy, themeValue(GROUND, "#111"), themeValue(INK, "#eee"), pen));
  return { ...copy, layout: { ...copy.layout, template: themeTemplate() } };
}
