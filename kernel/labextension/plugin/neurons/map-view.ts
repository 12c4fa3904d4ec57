/** @file The layer x neuron map: hover for values, click and drag to select, zoom, and the selection as code. */
import { inNotebook, insertCellBelow } from "../notebooks.js";
import { isDark } from "../theme.js";
import { copyText } from "./clipboard.js";
import { ColourScale, shortNumber } from "./colours.js";
import { button, element, legend, type Tooltip } from "./elements.js";
import { MapCanvas } from "./map-canvas.js";
import { describe, meant, neuronName } from "./map-points.js";
import type { Neuron, NeuronMap, NeuronView } from "./payload.js";
import { MOST_SELECTED, neuronSetCode, Selection } from "./selection.js";
import { around, type MapWindow, type Stretch, valueAt, whole, zoomed } from "./window.js";

/** Exponent of the colours' strength: a few scores are much larger than the rest, which would look empty. */
const CURVE = 0.5;
const MOST_LISTED = 30;
const MOVED = 4;

export class MapView {
  readonly node = element("div", "map");
  readonly #canvas = new MapCanvas();
  readonly #band = element("div", "band");
  readonly #legend = element("span", "");
  readonly #said = element("span", "said");
  readonly #list = element("div", "list");
  readonly #insert = button("Insert cell below", "A new cell whose code makes a NeuronSet of the selection", () => this.#insertCell());
  readonly #drag = button("Drag zooms", "Dragging zooms into the rectangle instead of selecting what is in it", () => this.#toggleDrag());
  readonly #selection: Selection;
  #window: MapWindow;
  #scale: ColourScale;
  #cursor: Neuron | undefined;
  #started: { x: number; y: number } | undefined;
  #dragZooms = false;

  /** @param picked is told of a click on one of the view's own neurons: its place in their list */
  constructor(
    private readonly map: NeuronMap,
    private readonly view: NeuronView,
    private readonly tooltip: Tooltip,
    private readonly picked: (index: number) => void,
  ) {
    this.#selection = new Selection(map);
    this.#window = whole(map);
    this.#scale = this.#makeScale();
    const canvas = this.#canvas.node;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute(
      "aria-label",
      `Map of ${map.layers} layers with ${map.neurons} neurons each. Arrow keys move, Enter selects, plus and minus zoom, Escape clears.`,
    );
    this.#said.setAttribute("role", "status");
    this.#drag.setAttribute("aria-pressed", "false");
    const zoom = [
      this.#drag,
      button("Zoom to selection", "The part of the map around the selected neurons", () => this.#zoomTo(this.#selection.ordered())),
      button("Whole map", "All layers and neurons", () => this.#zoomTo([])),
    ];
    const use = [
      button("Copy as code", "TypeScript that makes a NeuronSet of the selection", () => void this.#copy()),
      this.#insert,
      button("Clear", "Select nothing", () => this.#clear()),
    ];
    const help = element("span", "help", "Click or drag selects, with Shift adds; Ctrl + wheel zooms.");
    this.node.append(
      element("div", "bar", ...zoom, this.#legend, help),
      element("div", "canvas", canvas, this.#band),
      element("div", "bar", ...use, this.#said),
      this.#list,
    );
    this.#listen(canvas);
    this.#show();
  }

  /** Draws anew: for another width, another theme, or when it comes into view. */
  redraw(): void {
    const width = this.node.clientWidth;
    if (width === 0) return;
    this.#insert.hidden = !inNotebook(this.node);
    const { map, view } = this;
    const state = { map, window: this.#window, scale: this.#scale, selection: this.#selection, marked: view.neurons, cursor: this.#cursor };
    this.#canvas.draw(state, width);
  }

  retheme(): void {
    this.#scale = this.#makeScale();
    this.redraw();
  }

  #makeScale(): ColourScale {
    const scale = ColourScale.of(this.map.values ?? [], isDark(), CURVE);
    this.#legend.replaceChildren(...(this.map.values === undefined ? [] : [legend(scale)]));
    return scale;
  }

  #listen(canvas: HTMLCanvasElement): void {
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#stretch(event) === undefined) return;
      this.#started = { x: event.offsetX, y: event.offsetY };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.#dragged(event)) this.#showBand(event);
      else this.#hover(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this.#dragged(event)) this.#rectangle(event);
      else if (this.#started !== undefined) this.#click(event);
      this.#endDrag();
    });
    canvas.addEventListener("pointercancel", () => this.#endDrag());
    canvas.addEventListener("pointerleave", () => this.tooltip.hide());
    canvas.addEventListener("blur", () => {
      this.#cursor = undefined;
      this.tooltip.hide();
      this.redraw();
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener(
      "wheel",
      (event) => {
        const under = event.ctrlKey || event.metaKey ? this.#stretch(event) : undefined;
        if (under === undefined) return;
        event.preventDefault();
        this.#window = zoomed(this.map, this.#window, under.from, event.deltaY < 0 ? 0.7 : 1 / 0.7);
        this.redraw();
      },
      { passive: false },
    );
  }

  #stretch({ offsetX, offsetY }: MouseEvent): Stretch | undefined {
    return this.#canvas.at(offsetX, offsetY);
  }

  #dragged({ offsetX, offsetY }: PointerEvent): boolean {
    return this.#started !== undefined && Math.hypot(offsetX - this.#started.x, offsetY - this.#started.y) > MOVED;
  }

  #endDrag(): void {
    this.#started = undefined;
    this.#band.style.display = "none";
  }

  #showBand({ offsetX, offsetY }: PointerEvent): void {
    const { x, y } = this.#started!;
    this.tooltip.hide();
    Object.assign(this.#band.style, {
      display: "block",
      left: `${Math.min(x, offsetX)}px`,
      top: `${Math.min(y, offsetY)}px`,
      width: `${Math.abs(offsetX - x)}px`,
      height: `${Math.abs(offsetY - y)}px`,
    });
  }

  #hover(event: PointerEvent): void {
    const under = this.#stretch(event);
    if (under === undefined) this.tooltip.hide();
    else this.tooltip.show(describe(this.map, under), event.clientX, event.clientY);
  }

  #click(event: PointerEvent): void {
    const under = this.#canvas.at(this.#started!.x, this.#started!.y);
    if (under !== undefined) this.#choose(under, event.shiftKey || event.ctrlKey || event.metaKey);
  }

  #choose(under: Stretch, add: boolean): void {
    const some = meant(this.map, this.view.neurons, under);
    if (!add) this.#selection.clear();
    if (some.length === 1) this.#toggle(some[0]!);
    else this.#add(some);
    const own = this.view.neurons.findIndex(({ layer, neuron }) => layer === under.layer && neuron === some[0]!.neuron);
    if (own >= 0) this.picked(own);
  }

  #rectangle(event: PointerEvent): void {
    const a = this.#canvas.at(this.#started!.x, this.#started!.y, true)!;
    const b = this.#canvas.at(event.offsetX, event.offsetY, true)!;
    const layers = [Math.min(a.layer, b.layer), Math.max(a.layer, b.layer) + 1] as const;
    const neurons = [Math.min(a.from, b.from), Math.max(a.to, b.to)] as const;
    if (this.#dragZooms) {
      this.#window = { layers, neurons };
      this.redraw();
      return;
    }
    const inside = (layers[1] - layers[0]) * (neurons[1] - neurons[0]);
    if (inside > MOST_SELECTED) {
      this.#said.textContent = `${inside} neurons are in the rectangle; at most ${MOST_SELECTED} can be selected: zoom in first`;
      return;
    }
    const some = Array.from({ length: layers[1] - layers[0] }, (_, i) =>
      Array.from({ length: neurons[1] - neurons[0] }, (_, j) => ({ layer: layers[0] + i, neuron: neurons[0] + j })),
    ).flat();
    if (!event.shiftKey) this.#selection.clear();
    this.#add(some);
  }

  #add(some: readonly Neuron[]): void {
    const added = this.#selection.add(some);
    this.#changed();
    if (!added) this.#said.textContent = `No more than ${MOST_SELECTED} neurons can be selected`;
  }

  #key(event: KeyboardEvent): void {
    const { layers, neurons } = this.#window;
    const now = this.#cursor ?? { layer: layers[0], neuron: neurons[0] };
    const [layerStep, neuronStep] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (layerStep !== 0 || neuronStep !== 0) {
      // a step is a column, however many neurons it has
      const under = this.#stretchOf(now);
      const neuron = this.#cursor === undefined ? now.neuron : neuronStep > 0 ? under.to : neuronStep < 0 ? under.from - 1 : now.neuron;
      const layer = this.#cursor === undefined ? now.layer : now.layer + layerStep!;
      this.#cursor = {
        layer: Math.max(layers[0], Math.min(layers[1] - 1, layer)),
        neuron: Math.max(neurons[0], Math.min(neurons[1] - 1, neuron)),
      };
    } else if (event.key === "+" || event.key === "-")
      this.#window = zoomed(this.map, this.#window, now.neuron, event.key === "+" ? 0.7 : 1 / 0.7);
    else if (event.key === "Escape") this.#clear();
    else if ((event.key === "Enter" || event.key === " ") && this.#cursor !== undefined)
      this.#choose(this.#stretchOf(this.#cursor), event.shiftKey);
    else return;
    event.preventDefault();
    this.redraw();
    if (this.#cursor === undefined) return;
    const box = this.#canvas.node.getBoundingClientRect();
    const { x, y } = this.#canvas.placeOf(this.#cursor);
    this.tooltip.show(describe(this.map, this.#stretchOf(this.#cursor)), box.left + x, box.top + y);
  }

  #stretchOf(one: Neuron): Stretch {
    const { x, y } = this.#canvas.placeOf(one);
    return this.#canvas.at(x, y, true)!;
  }

  #toggleDrag(): void {
    this.#dragZooms = !this.#dragZooms;
    this.#drag.setAttribute("aria-pressed", String(this.#dragZooms));
  }

  #zoomTo(some: readonly Neuron[]): void {
    this.#window = around(this.map, some);
    this.redraw();
  }

  #clear(): void {
    this.#selection.clear();
    this.#changed();
  }

  #toggle(one: Neuron): void {
    this.#selection.toggle(one);
    this.#changed();
  }

  #changed(): void {
    this.#show();
    this.redraw();
  }

  #show(): void {
    const { count } = this.#selection;
    this.#said.textContent = count === 0 ? "No neuron selected" : `${count} ${count === 1 ? "neuron" : "neurons"} selected`;
    const listed = this.#selection.ordered().slice(0, MOST_LISTED);
    this.#list.replaceChildren(
      ...listed.map((one) => {
        const value = valueAt(this.map, one);
        const text = `${one.layer}:${one.neuron}${value === undefined ? "" : ` (${shortNumber(value)})`}`;
        return button(text, `${neuronName(one)}: take it out`, () => this.#toggle(one));
      }),
      ...(count > listed.length ? [`… ${count - listed.length} more`] : []),
    );
  }

  #code(): string | undefined {
    if (this.#selection.count > 0) return neuronSetCode(this.map, this.view.model, this.#selection.ordered());
    this.#said.textContent = "Select a neuron first: click on the map, or drag over it";
    return undefined;
  }

  async #copy(): Promise<void> {
    const code = this.#code();
    if (code === undefined) return;
    const copied = await copyText(code);
    this.#said.textContent = copied ? "Copied: paste it into a cell" : "The browser did not allow copying; insert a cell instead";
  }

  #insertCell(): void {
    const code = this.#code();
    if (code !== undefined && insertCellBelow(this.node, code)) this.#said.textContent = "Inserted below";
  }
}
