/**
 * @file A page without a browser, on which plotly draws SVG: jsdom knows the elements but no layout and no canvas. Here text is measured
 * with the fonts that draw it, and heat maps get a canvas.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { type Canvas, createCanvas } from "@napi-rs/canvas";
import { JSDOM, VirtualConsole } from "jsdom";
import { type Bounds, boundsOf, type SvgElement } from "./bounds.js";

export interface Drawing {
  readonly data: readonly object[];
  readonly layout: object;
}

/** Draws a figure as SVG text, in CSS pixels. */
export type Draw = (drawing: Drawing, width: number, height: number) => Promise<string>;

interface PageCanvas {
  width: number;
  height: number;
  drawn?: Canvas;
}

export function openPage(): Draw {
  // a console that nobody listens to: plotly's hints about traces belong in no notebook
  const virtualConsole = new VirtualConsole();
  const { window } = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only", pretendToBeVisual: true, virtualConsole });
  // plotly's maps ask for these when they load
  Object.assign(window, { TextDecoder, TextEncoder });
  window.URL.createObjectURL = () => "";
  const rectangle = (bounds: Bounds) => ({ ...bounds, x: bounds.left, y: bounds.top });
  for (const name of ["getBBox", "getBoundingClientRect"])
    window.SVGElement.prototype[name] = function (this: SvgElement) {
      return rectangle(boundsOf(this));
    };
  window.SVGElement.prototype.getComputedTextLength = function (this: SvgElement) {
    return boundsOf(this).width;
  };
  window.HTMLCanvasElement.prototype.getContext = function (this: PageCanvas, kind: string) {
    if (kind !== "2d") return null;
    this.drawn ??= createCanvas(this.width, this.height);
    return this.drawn.getContext("2d");
  };
  window.HTMLCanvasElement.prototype.toDataURL = function (this: PageCanvas) {
    return this.drawn?.toDataURL("image/png");
  };
  window.eval(fs.readFileSync(createRequire(import.meta.url).resolve("plotly.js-dist/plotly.js"), "utf8"));
  return async (drawing, width, height) =>
    withPlainLines(await window.Plotly.toImage(drawing, { format: "svg", imageDataOnly: true, width, height }));
}

/** Lines of a text get their own `y`: Skia does not read plotly's `dy` in units of the font size. */
function withPlainLines(svg: string): string {
  return svg.replaceAll(/<text[^>]*font-size: ([\d.]+)px[^>]*>.*?<\/text>/gs, (text, size) =>
    text.replaceAll(
      /(<tspan class="line") dy="([-\d.]+)em"( x="[^"]*") y="([-\d.]+)"/g,
      (_: string, open: string, dy: string, x: string, y: string) => `${open}${x} y="${Number(y) + Number(dy) * Number(size)}"`,
    ),
  );
}
