/** @file Shows a plotly figure: as wide as the cell, in the theme's colours. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "../lumino.js";
import { errorMessage } from "../message.js";
import { onThemeChange } from "../theme.js";
import { type Plotly, plotly } from "./library.js";
import { themeTemplate } from "./template.js";

interface Figure {
  readonly data?: readonly object[];
  readonly layout?: { readonly template?: unknown; readonly height?: number };
  readonly frames?: readonly object[];
  readonly config?: object;
}

const HEIGHT = 450;

export class PlotlyRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #unwatchTheme: () => void;
  readonly #sizes: ResizeObserver;
  readonly #plot = document.createElement("div");
  #plotly: Plotly | undefined;
  #themed = false;

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    this.#mimeType = mimeType;
    this.addClass("neuronbook-plotly");
    this.#unwatchTheme = onThemeChange(() => this.#retheme());
    this.#sizes = new ResizeObserver(() => this.#fit());
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    try {
      // plotly.js writes defaults into what it is given; the notebook's own copy stays as it is
      const figure = structuredClone(model.data[this.#mimeType]) as Figure;
      const library = await plotly();
      if (!this.isDisposed) await this.#draw(library, figure);
    } catch (error) {
      this.node.replaceChildren(errorMessage("this figure", error));
    }
  }

  async #draw(library: Plotly, { data = [], layout = {}, frames, config }: Figure): Promise<void> {
    const template = layout.template as { data?: object; layout?: object } | undefined;
    this.#themed = template === undefined || Object.keys({ ...template.data, ...template.layout }).length === 0;
    this.node.replaceChildren(this.#plot);
    // plotly.js takes a size that it is not given from the element
    this.#plot.style.height = `${layout.height ?? HEIGHT}px`;
    const filled = { autosize: true, ...layout, ...(this.#themed && { template: themeTemplate() }) };
    await library.react(this.#plot, data, filled, { displaylogo: false, ...config, responsive: false });
    if (frames !== undefined) await library.addFrames(this.#plot, frames);
    if (this.isDisposed) library.purge(this.#plot);
    else {
      this.#plotly = library;
      this.#sizes.observe(this.node);
    }
  }

  /** Hidden outputs have no width, and keep the size that they had. */
  #fit(): void {
    if (this.node.clientWidth > 0) void this.#plotly?.Plots.resize(this.#plot);
  }

  #retheme(): void {
    if (this.#themed) void this.#plotly?.relayout(this.#plot, { template: themeTemplate() });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unwatchTheme();
    this.#sizes.disconnect();
    this.#plotly?.purge(this.#plot);
    super.dispose();
  }
}
