/** @file Shows the neuron view: coloured texts, and the map. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "../lumino.js";
import { errorMessage } from "../message.js";
import { onThemeChange } from "../theme.js";
import { element, Tooltip } from "./elements.js";
import { MapView } from "./map-view.js";
import { type NeuronView, readPayload } from "./payload.js";
import { addStyle } from "./style.js";
import { TokenTexts } from "./token-text.js";

export class NeuronRenderer extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #unwatchTheme: () => void;
  readonly #sizes: ResizeObserver;
  readonly #tooltip = new Tooltip();
  #texts: TokenTexts | undefined;
  #map: MapView | undefined;

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    addStyle();
    this.#mimeType = mimeType;
    this.addClass("neuronbook-neurons");
    // keys pressed in the view are the view's, not the notebook's
    this.node.dataset.lmSuppressShortcuts = "true";
    this.#unwatchTheme = onThemeChange(() => {
      this.#texts?.recolour();
      this.#map?.retheme();
    });
    this.#sizes = new ResizeObserver(() => this.#map?.redraw());
    this.#sizes.observe(this.node);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    try {
      this.#show(readPayload(model.data[this.#mimeType]));
    } catch (error) {
      this.node.replaceChildren(errorMessage("these neurons", error));
    }
  }

  #show(view: NeuronView): void {
    const { title, texts, map, neurons } = view;
    this.#texts = texts.length > 0 && neurons.length > 0 ? new TokenTexts(view, this.#tooltip) : undefined;
    this.#map = map === undefined ? undefined : new MapView(map, view, this.#tooltip, (index) => this.#texts?.choose(index));
    const heading = title === undefined ? [] : [element("div", "title", title)];
    this.node.replaceChildren(...heading, ...[this.#texts, this.#map].flatMap((part) => (part === undefined ? [] : [part.node])));
    this.#texts?.choose(0);
    this.#map?.redraw();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#unwatchTheme();
    this.#sizes.disconnect();
    this.#tooltip.hide();
    super.dispose();
  }
}
