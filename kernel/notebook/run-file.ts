/** @file A notebook's file run, with progress in the terminal, and the file that has its outputs. */
import path from "node:path";
import type { Run } from "../../src/cli/run.js";
import type { Message } from "../protocol/messages.js";
import { type Notebook, readNotebook, writeNotebook } from "./format.js";
import { CellError, type RunNotebookOptions, runNotebook } from "./run.js";

export interface RunFileOptions extends Pick<RunNotebookOptions, "parameters" | "timeout" | "kernel"> {
  /** where the notebook with its outputs goes; default: the file itself */
  readonly output?: string;
  /** where the cells run; default: the notebook's folder */
  readonly folder?: string;
}

export interface RanFile {
  readonly notebook: Notebook;
  /** the file written */
  readonly target: string;
  /** code cells that were begun */
  readonly cells: number;
  readonly seconds: number;
  /** the cell that ended the run; its outputs are in the file */
  readonly failure: CellError | undefined;
}

export async function runFile(file: string, options: RunFileOptions, run: Run): Promise<RanFile> {
  const { output: target = file, folder = path.dirname(path.resolve(file)), ...rest } = options;
  const notebook = readNotebook(file);
  const started = performance.now();
  let cells = 0;
  let failure: CellError | undefined;
  run.progress.phase("starting the kernel");
  try {
    await runNotebook(notebook, {
      ...rest,
      folder,
      signal: run.signal,
      onCell: (done, total) => {
        cells = done;
        run.progress.phase(`cell ${Math.min(done + 1, total)} of ${total}`);
      },
      onOutput: (message) => {
        const said = progressText(message);
        if (said !== undefined) run.progress.detail(said);
      },
    });
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    failure = error;
  }
  // the outputs until a failure say what went wrong
  writeNotebook(target, notebook);
  return { notebook, target, cells, seconds: (performance.now() - started) / 1000, failure };
}

/** What the cell's own progress bar says, without its time. */
function progressText({ header, content }: Message): string | undefined {
  if (!/display_data$/.test(header.msg_type)) return undefined;
  const data = content.data as Record<string, unknown> | undefined;
  if (!String(data?.["text/html"]).startsWith("<div><progress ")) return undefined;
  return String(data!["text/plain"]).replace(/ \([\d.]+ s\)$/, "");
}
