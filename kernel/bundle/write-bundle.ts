/** @file A notebook that has been run, as one file to send: itself, its page, its tables, and where all of it comes from. */
import fs from "node:fs";
import path from "node:path";
import { NeuronbookError } from "../../src/errors.js";
import { notebookPage, type PageOptions } from "../export/page.js";
import { type Notebook, readNotebook, sourceOf, tagsOf } from "../notebook/format.js";
import { writeArchive } from "./archive.js";
import { FILES, NOTEBOOK, ORIGIN, PAGE, TABLES } from "./layout.js";
import { localFiles, sha256 } from "./local-files.js";
import { type Origin, originOf } from "./origin.js";
import { shownBy, tablesWithoutData } from "./results.js";
import { parquetOf } from "./table-data.js";
import { type TableEntry, tableEntry } from "./table-index.js";

export interface WriteBundleOptions extends Pick<PageOptions, "signal" | "onCell"> {
  /** default: beside the notebook, with its name and `.bundle.zip` */
  readonly output?: string;
}

export interface WrittenBundle {
  readonly bundle: string;
  readonly bytes: number;
  readonly tables: readonly TableEntry[];
  /** cells, from 1, whose tables are in the page alone: run by an older neuronbook or another kernel */
  readonly withoutData: readonly number[];
  readonly origin: Origin;
}

/**
 * Equal bytes for an equal notebook with equal files. Nothing is run.
 *
 * @throws NotFoundError, FileFormatError; NeuronbookError (`not-run`) for a notebook that has not been run to its end
 */
export async function writeBundle(file: string, { output, signal, onCell }: WriteBundleOptions = {}): Promise<WrittenBundle> {
  const notebook = readNotebook(file);
  checkRun(notebook, file);
  const { dir: folder, name } = path.parse(path.resolve(file));
  const entries = new Map<string, Uint8Array>([[NOTEBOOK, fs.readFileSync(file)]]);
  const text = (name: string, content: string) => entries.set(name, Buffer.from(content));

  const { html } = await notebookPage(notebook, { folder, name, signal, onCell });
  text(PAGE, html);

  const tables: TableEntry[] = [];
  for (const { cell, tables: shown } of shownBy(notebook, file))
    for (const [i, data] of shown.entries()) {
      const entry = tableEntry({ cell, table: i + 1, data }, tables.length + 1, notebook.cells[cell - 1]!);
      entries.set(entry.file, parquetOf(data));
      tables.push(entry);
    }
  text(TABLES, json(tables));

  const local = localFiles(notebook, folder);
  for (const { path, content } of local.included) entries.set(`${FILES}${path}`, content);

  const digests = Object.fromEntries([...entries].map(([name, bytes]) => [name, sha256(bytes)]));
  const origin = originOf(notebook, `${name}.ipynb`, local, digests);
  text(ORIGIN, json(origin));
  signal?.throwIfAborted();
  const bundle = output ?? path.join(path.dirname(file), `${name}.bundle.zip`);
  return { bundle, bytes: writeArchive(bundle, entries), tables, withoutData: tablesWithoutData(notebook), origin };
}

function checkRun({ cells }: Notebook, file: string): void {
  for (const [i, cell] of cells.entries()) {
    if (cell.cell_type !== "code" || sourceOf(cell).trim() === "") continue;
    const advice = `run it first: \`neuronbook run ${path.basename(file)}\``;
    if (typeof cell.execution_count !== "number")
      throw new NeuronbookError("not-run", `${file}: cell ${i + 1} has not been run; ${advice}`);
    const error = cell.outputs?.find(({ output_type }) => output_type === "error");
    if (error !== undefined && !tagsOf(cell).includes("raises-exception"))
      throw new NeuronbookError("not-run", `${file}: cell ${i + 1} failed: ${error.ename}: ${error.evalue}; mend it and ${advice}`);
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
