/** @file The layer x neuron map as pixels: what is drawn where. */
import { css } from "../colour.js";
import { themeValue } from "../theme.js";
import type { ColourScale } from "./colours.js";
import type { Neuron, NeuronMap } from "./payload.js";
import type { Selection } from "./selection.js";
import { columnBounds, type MapWindow, type Stretch, strongest, valueAt } from "./window.js";

export interface MapState {
  readonly map: NeuronMap;
  readonly window: MapWindow;
  readonly scale: ColourScale;
  readonly selection: Selection;
  /** the view's own neurons, marked by rings */
  readonly marked: readonly Neuron[];
  /** where the keyboard is */
  readonly cursor: Neuron | undefined;
}

const LEFT = 44;
const RIGHT = 10;
const TOP = 4;
const BOTTOM = 34;
const COLUMN = 2;
const FONT = "11px sans-serif";
/** reddish purple of Okabe and Ito: neither of the scale's hues */
const SELECTED = "#c2478f";

export class MapCanvas {
  readonly node = document.createElement("canvas");
  #bounds: number[] = [0, 1];
  #window: MapWindow = { layers: [0, 1], neurons: [0, 1] };
  #width = 1;
  #row = 1;

  draw(state: MapState, width: number): void {
    const { window, map } = state;
    const [top, bottom] = window.layers;
    this.#window = window;
    this.#row = Math.max(8, Math.min(24, Math.floor(320 / (bottom - top))));
    this.#width = Math.max(1, width - LEFT - RIGHT);
    this.#bounds = columnBounds(map, window, this.#width / COLUMN);
    const height = TOP + BOTTOM + this.#row * (bottom - top);
    const ratio = globalThis.devicePixelRatio || 1;
    Object.assign(this.node, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    Object.assign(this.node.style, { width: `${width}px`, height: `${height}px` });
    const context = this.node.getContext("2d")!;
    context.scale(ratio, ratio);
    context.font = FONT;
    context.fillStyle = css(state.scale.at(0));
    context.fillRect(LEFT, TOP, this.#width, height - TOP - BOTTOM);
    if (map.values !== undefined) this.#values(context, state);
    this.#marks(context, state);
    this.#axes(context, height);
  }

  /** @param x, y pixels from the canvas' upper left corner @returns undefined outside the map; `held` takes the nearest point instead */
  at(x: number, y: number, held = false): Stretch | undefined {
    const [top, bottom] = this.#window.layers;
    const columns = this.#bounds.length - 1;
    let column = Math.floor(((x - LEFT) / this.#width) * columns);
    let layer = top + Math.floor((y - TOP) / this.#row);
    if (held) {
      column = Math.max(0, Math.min(columns - 1, column));
      layer = Math.max(top, Math.min(bottom - 1, layer));
    }
    if (column < 0 || column >= columns || layer < top || layer >= bottom) return undefined;
    return { layer, from: this.#bounds[column]!, to: this.#bounds[column + 1]! };
  }

  /** The middle of a neuron's place, in pixels from the canvas' upper left corner. */
  placeOf({ layer, neuron }: Neuron): { x: number; y: number } {
    const column = this.#columnOf(neuron);
    return { x: this.#x(column + 0.5), y: TOP + (layer - this.#window.layers[0] + 0.5) * this.#row };
  }

  #values(context: CanvasRenderingContext2D, { map, scale, window }: MapState): void {
    for (let layer = window.layers[0]; layer < window.layers[1]; layer++)
      for (let column = 0; column + 1 < this.#bounds.length; column++) {
        const value = valueAt(map, strongest(map, layer, this.#bounds[column]!, this.#bounds[column + 1]!));
        if (!value) continue;
        context.fillStyle = css(scale.at(value));
        const x = this.#x(column);
        context.fillRect(x, TOP + (layer - window.layers[0]) * this.#row, this.#x(column + 1) - x, this.#row - 1);
      }
  }

  #marks(context: CanvasRenderingContext2D, { selection, marked, cursor }: MapState): void {
    const text = themeValue("--jp-ui-font-color1", "#222");
    context.fillStyle = SELECTED;
    for (const one of selection.ordered()) {
      if (!this.#inView(one)) continue;
      const { x, y } = this.placeOf(one);
      const width = Math.max(4, this.#columnWidth());
      context.fillRect(x - width / 2, y - this.#row / 2, width, this.#row - 1);
    }
    context.strokeStyle = text;
    context.lineWidth = 1.25;
    for (const one of marked) {
      if (!this.#inView(one)) continue;
      const { x, y } = this.placeOf(one);
      context.beginPath();
      context.arc(x, y - 0.5, Math.min(4, this.#row / 2 - 1), 0, 2 * Math.PI);
      context.stroke();
    }
    if (cursor !== undefined && this.#inView(cursor)) {
      const { x, y } = this.placeOf(cursor);
      const width = Math.max(8, this.#columnWidth() + 2);
      context.lineWidth = 2;
      context.strokeRect(x - width / 2, y - this.#row / 2 - 1, width, this.#row + 1);
    }
  }

  #axes(context: CanvasRenderingContext2D, height: number): void {
    const [top, bottom] = this.#window.layers;
    const [from, to] = this.#window.neurons;
    context.strokeStyle = themeValue("--jp-border-color1", "#bbb");
    context.lineWidth = 1;
    context.strokeRect(LEFT - 0.5, TOP - 0.5, this.#width + 1, height - TOP - BOTTOM + 1);
    context.fillStyle = themeValue("--jp-ui-font-color2", "#555");
    context.textAlign = "right";
    context.textBaseline = "middle";
    const every = Math.max(1, Math.ceil(14 / this.#row));
    for (let layer = top; layer < bottom; layer++)
      if ((layer - top) % every === 0) context.fillText(String(layer), LEFT - 5, TOP + (layer - top + 0.5) * this.#row);
    context.textBaseline = "top";
    const y = height - BOTTOM + 4;
    const ticks = Math.max(2, Math.floor(this.#width / 110));
    for (let i = 0; i <= ticks; i++) {
      const neuron = Math.min(to - 1, from + Math.round((i / ticks) * (to - from)));
      context.textAlign = i === 0 ? "left" : i === ticks ? "right" : "center";
      context.fillText(String(neuron), LEFT + (i / ticks) * this.#width, y);
    }
    context.textAlign = "center";
    context.fillText("neuron", LEFT + this.#width / 2, y + 15);
    context.save();
    context.translate(8, TOP + ((bottom - top) * this.#row) / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = "middle";
    context.fillText("layer", 0, 0);
    context.restore();
  }

  #inView({ layer, neuron }: Neuron): boolean {
    const { layers, neurons } = this.#window;
    return layer >= layers[0] && layer < layers[1] && neuron >= neurons[0] && neuron < neurons[1];
  }

  #columnOf(neuron: number): number {
    const found = this.#bounds.findIndex((bound) => bound > neuron);
    return found < 0 ? this.#bounds.length - 2 : found - 1;
  }

  #columnWidth(): number {
    return this.#width / (this.#bounds.length - 1);
  }

  #x(column: number): number {
    return LEFT + column * this.#columnWidth();
  }
}
