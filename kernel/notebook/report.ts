/** @file A notebook of this package run as a report: the notebook with its outputs and its page, in a folder of the user's. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Run } from "../../src/cli/run.js";
import { type WrittenPage, writePage } from "../export/write-page.js";
import { type Notebook, tagsOf } from "./format.js";
import { type RanFile, runFile } from "./run-file.js";

/** Where the package keeps its notebooks; modules run from dist/kernel/notebook. */
const NOTEBOOKS = new URL("../../../notebooks/", import.meta.url);

export interface Report extends RanFile, WrittenPage {
  /** plain text of what the cell tagged `summary` showed last; undefined where the run did not come so far */
  readonly summary: string | undefined;
}

/** @param name of the notebook, without `.ipynb`; @param folder made where there is none; files of an earlier report are replaced */
export async function runReport(name: string, folder: string, parameters: Readonly<Record<string, unknown>>, run: Run): Promise<Report> {
  fs.mkdirSync(folder, { recursive: true });
  const target = path.join(folder, `${name}.ipynb`);
  const ran = await runFile(fileURLToPath(new URL(`${name}.ipynb`, NOTEBOOKS)), { output: target, folder, parameters }, run);
  run.progress.phase("making the page");
  const written = await writePage(ran.notebook, target, { signal: run.signal });
  return { ...ran, ...written, summary: summaryOf(ran.notebook) };
}

function summaryOf({ cells }: Notebook): string | undefined {
  const data = cells.find((cell) => tagsOf(cell).includes("summary"))?.outputs?.at(-1)?.data;
  const text = (data as Record<string, unknown> | undefined)?.["text/plain"];
  return Array.isArray(text) ? text.join("") : (text as string | undefined);
}
