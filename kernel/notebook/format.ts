/** @file Notebook files (nbformat 4): read with care, written whole. */
import fs from "node:fs";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { replaceFile } from "../../src/weights/replace-file.js";

/** Longest notebook read, bytes. */
const MOST_BYTES = 512 * 2 ** 20;

export interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  [field: string]: unknown;
}

export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  source: string | string[];
  metadata: Record<string, unknown>;
  outputs?: Output[];
  execution_count?: number | null;
  [field: string]: unknown;
}

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

/** @throws NotFoundError, FileFormatError for what is no notebook of format 4 */
export function readNotebook(file: string): Notebook {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new NotFoundError("notebook", `${file} does not exist`);
  if (size > MOST_BYTES) throw new FileFormatError(file, `has ${size} bytes; a notebook has at most ${MOST_BYTES}`);
  let notebook: Notebook;
  try {
    notebook = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw new FileFormatError(file, `is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (notebook?.nbformat !== 4) throw new FileFormatError(file, `nbformat is ${JSON.stringify(notebook?.nbformat)}; only 4 is read`);
  if (!Array.isArray(notebook.cells)) throw new FileFormatError(file, "has no list of cells");
  notebook.cells.forEach((cell, i) => {
    const text = typeof cell?.source === "string" || (Array.isArray(cell?.source) && cell.source.every((line) => typeof line === "string"));
    if (!text || typeof cell.cell_type !== "string") throw new FileFormatError(file, `cell ${i + 1} has no cell_type or source`);
    cell.metadata ??= {};
  });
  notebook.metadata ??= {};
  return notebook;
}

export const writeNotebook = (file: string, notebook: Notebook): void => replaceFile(file, [`${JSON.stringify(notebook, null, 1)}\n`]);

export const sourceOf = ({ source }: Cell): string => (typeof source === "string" ? source : source.join(""));

/** Texts as notebooks keep them, a line an entry. */
export const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

export const tagsOf = ({ metadata }: Cell): readonly unknown[] => (Array.isArray(metadata.tags) ? metadata.tags : []);
