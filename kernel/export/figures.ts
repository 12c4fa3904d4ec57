/** @file Interactive figures of a page: their data beside each, plotly once for all. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import zlib from "node:zlib";
import { createCanvas } from "@napi-rs/canvas";
import { NotFoundError } from "../../src/errors.js";
import { onDark } from "../labextension/plugin/plotly/dark.js";
import { DRAW_FIGURES } from "./draw-figures.js";
import { DARK_PAGE } from "./style.js";

const pen = createCanvas(1, 1).getContext("2d");

export class Figures {
  count = 0;

  /** @param still what is there before plotly draws, without scripts, and where it cannot draw */
  add(figure: object, still: string): string {
    this.count++;
    const dark = onDark(figure, DARK_PAGE.ground, DARK_PAGE.ink, pen);
    // a `<` would let the data end its element
    const json = JSON.stringify({ figure, dark }).replaceAll("<", "\\u003c");
    return `<figure class="plotly"><script type="application/json">${json}</script><div class="still">${still}</div></figure>`;
  }

  /**
   * The scripts, and the digests by which the page's policy lets them run, and no others. plotly stands in the page compressed (2.6 MB
   * rather than 10) and is unpacked by the browser when the first figure is drawn.
   *
   * @returns nothing for a page without figures
   */
  scripts(): { html: string; digests: readonly string[] } {
    if (this.count === 0) return { html: "", digests: [] };
    const plotly = readPlotly();
    const packed = zlib.gzipSync(plotly, { level: 9 }).toString("base64");
    return {
      html: `<script type="text/plain" id="plotly">${packed}</script>\n<script>${DRAW_FIGURES}</script>`,
      digests: [digest(DRAW_FIGURES), digest(plotly)],
    };
  }
}

const digest = (script: string): string => `sha256-${createHash("sha256").update(script).digest("base64")}`;

function readPlotly(): string {
  let file: string;
  try {
    file = createRequire(import.meta.url).resolve("plotly.js-dist");
  } catch (cause) {
    throw new NotFoundError("plotly.js-dist", "the notebook has figures, and plotly.js-dist is not installed; install neuronbook again", {
      cause,
    });
  }
  return fs.readFileSync(file, "utf8");
}
