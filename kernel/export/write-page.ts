/** @file The page of a notebook as a file. */
import path from "node:path";
import { replaceFile } from "../../src/weights/replace-file.js";
import type { Notebook } from "../notebook/format.js";
import { notebookPage, type PageOptions } from "./page.js";

export interface WritePageOptions extends Pick<PageOptions, "signal" | "onCell"> {
  /** default: beside the notebook, with its name and `.html` */
  readonly output?: string;
}

export interface WrittenPage {
  readonly page: string;
  readonly bytes: number;
  /** interactive ones */
  readonly figures: number;
}

/** @param file the notebook's: names the page, and pictures are found from its folder */
export async function writePage(notebook: Notebook, file: string, options: WritePageOptions = {}): Promise<WrittenPage> {
  const { dir, name } = path.parse(path.resolve(file));
  const { output = path.join(path.dirname(file), `${name}.html`), signal, onCell } = options;
  const { html, figures } = await notebookPage(notebook, { folder: dir, name, signal, onCell });
  const bytes = Buffer.from(html);
  replaceFile(output, [bytes]);
  return { page: output, bytes: bytes.length, figures };
}
