import path from "node:path";
import { NeuronbookError, OptionError } from "../errors.js";
import { replaceFile } from "../weights/replace-file.js";
import { rounded } from "./numbers.js";
import { renderPng } from "./png/render.js";

/** A trace or a layout of plotly.js, as its reference describes them. */
export type PlotlyObject = Readonly<Record<string, unknown>>;

export interface PngOptions {
  /** CSS pixels; default 680, or what the layout says */
  width?: number;
  /** CSS pixels; default 400, or what the layout says */
  height?: number;
  /** pixels of the PNG to a CSS pixel; default 2 */
  scale?: number;
}

export interface FigureParts {
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
  /** what the figure says, as text */
  readonly text: string;
  /** further forms by MIME type, for front ends that know them; neither may hold a script */
  readonly other?: Readonly<Record<string, unknown>>;
}

const PLOTLY = "application/vnd.plotly.v1+json";
/** traces that plotly draws with WebGL or with maps from the network */
const NO_PNG = /gl$|3d$|map(box)?$(?<!heatmap)(?<!treemap)|geo$|^(surface|cone|streamtube|volume|isosurface|parcoords|splom|choropleth)$/;

/**
 * A figure: traces and layout of plotly.js, and a text that says the same. In a notebook it shows as an interactive figure where the front
 * end draws plotly, else as PNG, else as text; it never holds a script. Immutable. Made by the functions of `figure`, or from own traces.
 */
export class Figure {
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
  readonly #text: string;
  readonly #other: Readonly<Record<string, unknown>>;

  /**
   * Numbers of traces and layout are kept to six significant digits, so that a notebook stays small.
   *
   * @throws OptionError for anything but a list of traces and a layout
   */
  constructor({ data, layout, text, other = {} }: FigureParts) {
    if (!Array.isArray(data) || data.some((trace) => typeof trace !== "object" || trace === null))
      throw new OptionError("data", data, "a list of traces");
    if (typeof layout !== "object" || layout === null) throw new OptionError("layout", layout, "an object");
    this.data = frozen(rounded(data)) as readonly PlotlyObject[];
    this.layout = frozen(rounded(layout)) as PlotlyObject;
    this.#text = text;
    this.#other = frozen(rounded(other)) as Readonly<Record<string, unknown>>;
  }

  /**
   * The figure as PNG, drawn without a browser by plotly itself; takes half a second the first time. Equal on every machine up to
   * rounding: the font comes along.
   *
   * @throws OptionError for sizes out of range
   * @throws NeuronbookError (`figure`) where it cannot be drawn, e.g. on a platform without a build of @napi-rs/canvas
   */
  async png(options: PngOptions = {}): Promise<Uint8Array> {
    const size = (name: "width" | "height", otherwise: number) => {
      const value = options[name] ?? (typeof this.layout[name] === "number" ? this.layout[name] : otherwise);
      if (!(value >= 50 && value <= 4000)) throw new OptionError(name, value, "CSS pixels in [50, 4000]");
      return value;
    };
    const { scale = 2 } = options;
    if (!(scale >= 0.5 && scale <= 8)) throw new OptionError("scale", scale, "a number in [0.5, 8]");
    const type = this.data.map((trace) => String(trace.type)).find((type) => NO_PNG.test(type));
    if (type !== undefined)
      throw new NeuronbookError("figure", `a PNG of a ${type} trace needs WebGL or the network; take a trace that plotly draws as SVG`);
    return renderPng({ drawing: JSON.stringify(this), width: size("width", 680), height: size("height", 400), scale });
  }

  /**
   * Writes `.png` or, for plotly itself and tools that read its form, `.json`.
   *
   * @throws OptionError for another ending
   */
  async save(file: string, options: PngOptions = {}): Promise<void> {
    const ending = path.extname(file).toLowerCase();
    if (ending === ".json") replaceFile(file, [`${JSON.stringify(this)}\n`]);
    else if (ending === ".png") replaceFile(file, [await this.png(options)]);
    else throw new OptionError("file", file, "a name that ends in .png or .json");
  }

  /** What the figure says, as text. */
  toString(): string {
    return this.#text;
  }

  /** What plotly.js takes: `{ data, layout }`. */
  toJSON(): { data: readonly PlotlyObject[]; layout: PlotlyObject } {
    return { data: this.data, layout: this.layout };
  }

  /** MIME type to data, as a notebook shows it. Where no PNG can be made, the other forms are shown and a warning says why. */
  async [Symbol.for("Jupyter.mime")](): Promise<Record<string, unknown>> {
    const forms = { ...this.#other, [PLOTLY]: this.toJSON(), "text/plain": this.#text };
    try {
      return { ...forms, "image/png": Buffer.from(await this.png()).toString("base64") };
    } catch (error) {
      if (!(error instanceof NeuronbookError)) throw error;
      process.emitWarning(error.message);
      return forms;
    }
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
