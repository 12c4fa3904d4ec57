/** @file A notebook as one HTML page that needs nothing else: no network, no other file, and nothing of the notebook's own runs in it. */
import { setImmediate } from "node:timers/promises";
import { type Cell, type Notebook, sourceOf } from "../notebook/format.js";
import { codeHtml } from "./code.js";
import { escaped } from "./escape.js";
import { Figures } from "./figures.js";
import { type Attachments, type Heading, MarkdownPage } from "./markdown.js";
import { type OutputPage, outputHtml } from "./outputs.js";
import { STYLE } from "./style.js";

/** Fewer headings need no table of contents. */
const LONG = 5;
const DEEPEST_LISTED = 3;

export interface PageOptions {
  /** the notebook's: pictures inside it are embedded */
  readonly folder: string;
  /** for a notebook without a heading */
  readonly name: string;
  readonly signal?: AbortSignal;
  readonly onCell?: (done: number, total: number) => void;
}

/**
 * The page. Markdown and HTML outputs are taken for anyone's: they are sanitised, and a policy in the page lets only its own scripts run
 * and nothing be loaded. Figures of plotly are interactive, but those in WebGL stay pictures.
 */
export async function notebookPage(notebook: Notebook, options: PageOptions): Promise<{ html: string; figures: number }> {
  const { folder, name, signal, onCell } = options;
  const page: OutputPage = { figures: new Figures(), markdown: new MarkdownPage(folder) };
  const language = languageOf(notebook);
  const cells: string[] = [];
  for (const cell of notebook.cells) {
    // lets an interrupt in
    await setImmediate();
    signal?.throwIfAborted();
    cells.push(cellHtml(cell, language, page));
    onCell?.(cells.length, notebook.cells.length);
  }
  const { headings } = page.markdown;
  const title = headings[0]?.text ?? escaped(name);
  const { html: scripts, digests } = page.figures.scripts();
  const policy = [
    "default-src 'none'",
    `script-src ${digests.length === 0 ? "'none'" : digests.map((digest) => `'${digest}'`).join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="neuronbook">
<title>${title}</title>
<style>${STYLE}${page.markdown.formulas.style()}</style>
</head>
<body>
<main>
${contentsHtml(headings)}${cells.join("\n")}
</main>
${scripts}
</body>
</html>
`;
  return { html, figures: page.figures.count };
}

function cellHtml(cell: Cell, language: string, page: OutputPage): string {
  const source = sourceOf(cell);
  if (cell.cell_type === "markdown")
    return `<section class="cell markdown">${page.markdown.html(source, cell.attachments as Attachments | undefined)}</section>`;
  if (cell.cell_type === "raw") return `<section class="cell"><pre class="text">${escaped(source)}</pre></section>`;
  const outputs = (cell.outputs ?? []).map((output) => `<div class="output">${outputHtml(output, page)}</div>`).join("\n");
  if (source.trim() === "" && outputs === "") return "";
  const count = typeof cell.execution_count === "number" ? `<span class="count">[${cell.execution_count}]</span>` : "";
  const input = `<div class="input">${count}<pre><code>${codeHtml(source, language)}</code></pre></div>`;
  const { source_hidden, outputs_hidden } = (cell.metadata.jupyter ?? {}) as { source_hidden?: unknown; outputs_hidden?: unknown };
  const folded = (hidden: unknown, label: string, html: string) =>
    hidden === true && html !== "" ? `<details><summary>${label}</summary>${html}</details>` : html;
  return `<section class="cell code">${folded(source_hidden, "Code", input)}${folded(outputs_hidden, "Output", outputs)}</section>`;
}

function contentsHtml(headings: readonly Heading[]): string {
  const listed = headings.filter(({ level }) => level <= DEEPEST_LISTED);
  if (listed.length < LONG) return "";
  const items = listed.map(({ level, text, id }) => `<li class="level-${level}"><a href="#${encodeURIComponent(id)}">${text}</a></li>`);
  return `<nav class="contents"><details open><summary>Contents</summary><ol>${items.join("")}</ol></details></nav>\n`;
}

function languageOf({ metadata }: Notebook): string {
  const { language_info, kernelspec } = metadata as { language_info?: { name?: unknown }; kernelspec?: { language?: unknown } };
  return String(language_info?.name ?? kernelspec?.language ?? "typescript").toLowerCase();
}
