/** @file Outputs of a cell as HTML: the richest form that the page can show. */
import type { Output } from "../notebook/format.js";
import { escaped } from "./escape.js";
import type { Figures } from "./figures.js";
import type { MarkdownPage } from "./markdown.js";
import { sanitised } from "./sanitise.js";
import { terminalHtml } from "./terminal-text.js";

type Data = Readonly<Record<string, unknown>>;

export const PLOTLY = "application/vnd.plotly.v1+json";
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

export interface OutputPage {
  readonly figures: Figures;
  readonly markdown: MarkdownPage;
}

export function outputHtml(output: Output, page: OutputPage): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="text ${output.name === "stderr" ? "stderr" : "stdout"}">${terminalHtml(joined(output.text))}</pre>`;
    case "error":
      return `<pre class="text error">${terminalHtml(traceback(output))}</pre>`;
    case "display_data":
    case "execute_result":
      return bundleHtml(isRecord(output.data) ? output.data : {}, page);
    default:
      return "";
  }
}

function bundleHtml(data: Data, page: OutputPage): string {
  const figure = data[PLOTLY];
  if (isRecord(figure)) return page.figures.add(figure, pictureHtml(data) ?? textHtml(data));
  if (data["text/html"] !== undefined) return `<div class="html">${sanitised(joined(data["text/html"]))}</div>`;
  if (data["text/markdown"] !== undefined) return `<div class="markdown">${page.markdown.html(joined(data["text/markdown"]))}</div>`;
  const picture = pictureHtml(data);
  if (picture !== undefined) return picture;
  if (data["text/latex"] !== undefined) return `<div class="markdown">${page.markdown.html(joined(data["text/latex"]))}</div>`;
  return textHtml(data);
}

function pictureHtml(data: Data): string | undefined {
  const svg = data["image/svg+xml"];
  // inside an <img> nothing of it runs
  if (svg !== undefined) return image("image/svg+xml", Buffer.from(joined(svg)).toString("base64"), data);
  const type = PICTURES.find((one) => data[one] !== undefined);
  return type === undefined ? undefined : image(type, joined(data[type]).replaceAll(/[^\w+/=]/g, ""), data);
}

function image(type: string, base64: string, data: Data): string {
  const alt = data["text/plain"] === undefined ? "figure" : joined(data["text/plain"]).slice(0, 500);
  return `<img src="data:${type};base64,${base64}" alt="${escaped(alt)}">`;
}

function textHtml(data: Data): string {
  const text = data["text/plain"];
  if (text !== undefined) return `<pre class="text">${terminalHtml(joined(text))}</pre>`;
  const json = data["application/json"];
  return json === undefined ? "" : `<pre class="text">${escaped(JSON.stringify(json, null, 2))}</pre>`;
}

function traceback({ traceback, ename, evalue }: Output): string {
  const lines = Array.isArray(traceback) ? traceback.map(String) : [];
  return lines.length > 0 ? lines.join("\n") : `${ename}: ${evalue}`;
}

/** Notebooks keep texts whole or by lines. */
const joined = (value: unknown): string =>
  typeof value === "string" ? value : Array.isArray(value) ? value.join("") : (JSON.stringify(value) ?? "");

const isRecord = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);
