/** @file Running a notebook from first cell to last through the real kernel. */
import path from "node:path";
import { NeuronbookError, OptionError } from "../../src/errors.js";
import { KernelClient, type KernelOptions } from "../client.js";
import { type Kernel, NEURONBOOK } from "../launch.js";
import type { Message } from "../protocol/messages.js";
import { type Cell, lines, type Notebook, type Output, sourceOf, tagsOf } from "./format.js";
import { Outputs } from "./outputs.js";

export interface RunNotebookOptions {
  /** the notebook's folder */
  readonly folder: string;
  /** values for the cell tagged `parameters`, by name; JSON values */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** most seconds that one cell may take; default: no limit */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly env?: KernelOptions["env"];
  /** default: this package's own */
  readonly kernel?: Kernel;
  /** @param done code cells that have run */
  readonly onCell?: (done: number, total: number) => void;
  /** output as it comes */
  readonly onOutput?: (message: Message) => void;
}

/** A cell failed: the run is over, and the notebook has the outputs until then. */
export class CellError extends NeuronbookError {
  constructor(
    /** index among all cells, from 0 */
    readonly cell: number,
    readonly ename: string,
    readonly evalue: string,
  ) {
    super("cell", `cell ${cell + 1} failed: ${ename}: ${evalue}`);
  }
}

const INTERRUPT_MS = 5000;

/**
 * Runs every code cell and fills in its outputs. A cell tagged `raises-exception` may fail.
 *
 * @throws CellError for the first cell that fails, OptionError for parameters that the notebook does not have
 */
export async function runNotebook(notebook: Notebook, options: RunNotebookOptions): Promise<void> {
  setParameters(notebook, options.parameters ?? {});
  const code = notebook.cells.flatMap((cell, index) => (cell.cell_type === "code" ? [{ cell, index }] : []));
  for (const { cell } of code) Object.assign(cell, { outputs: [], execution_count: null });
  const { kernel: which = NEURONBOOK, folder, env } = options;
  const kernel = await KernelClient.start({ kernel: which, folder: path.resolve(folder), env: { NEURONBOOK_HISTORY: "", ...env } });
  const displays = new Map<string, Output[]>();
  try {
    let done = 0;
    for (const { cell, index } of code) {
      options.signal?.throwIfAborted();
      options.onCell?.(done++, code.length);
      await runCell(kernel, cell, index, displays, options);
    }
    options.onCell?.(done, code.length);
    const { reply } = await kernel.request("kernel_info_request");
    notebook.metadata.language_info = reply.content.language_info;
    notebook.metadata.kernelspec = { name: which.name, display_name: which.displayName, language: "typescript" };
  } finally {
    await kernel.shutDown();
  }
}

async function runCell(
  kernel: KernelClient,
  cell: Cell,
  index: number,
  displays: Map<string, Output[]>,
  options: RunNotebookOptions,
): Promise<void> {
  const source = sourceOf(cell);
  if (source.trim() === "") return;
  const { timeout, signal, onOutput } = options;
  const outputs = new Outputs(displays);
  cell.outputs = outputs.list;
  const running = kernel.execute(source, {
    onOutput: (message) => {
      outputs.add(message);
      onOutput?.(message);
    },
  });
  let late = false;
  const stop = () => {
    void kernel.interrupt().catch(() => undefined);
    setTimeout(() => kernel.process.kill("SIGKILL"), INTERRUPT_MS).unref();
  };
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          stop();
        }, timeout * 1000);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const { content } = (await running).reply;
    cell.execution_count = content.execution_count as number;
    signal?.throwIfAborted();
    if (late) throw new CellError(index, "Timeout", `took more than ${timeout} s`);
    if (content.status === "error" && !tagsOf(cell).includes("raises-exception"))
      throw new CellError(index, String(content.ename), String(content.evalue));
  } catch (error) {
    if (late && !(error instanceof CellError)) throw new CellError(index, "Timeout", `took more than ${timeout} s`);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** As papermill: a cell with the values goes in after the one tagged `parameters`; the one of an earlier run is replaced. */
function setParameters(notebook: Notebook, parameters: Readonly<Record<string, unknown>>): void {
  notebook.cells = notebook.cells.filter((cell) => !tagsOf(cell).includes("injected-parameters"));
  const names = Object.keys(parameters);
  if (names.length === 0) return;
  const at = notebook.cells.findIndex((cell) => tagsOf(cell).includes("parameters"));
  if (at < 0) throw new OptionError("set", names[0], "none: the notebook has no cell tagged `parameters`");
  const declared = sourceOf(notebook.cells[at]!);
  for (const name of names)
    if (!new RegExp(`\\b(?:let|var|const)\\b[^;]*\\b${name.replaceAll("$", "\\$")}\\b`).test(declared))
      throw new OptionError("set", name, "a name that the cell tagged `parameters` declares");
  // an assignment keeps the type that the notebook gives a parameter; a constant is declared anew
  const constant = (name: string) => new RegExp(`\\bconst\\b[^;]*\\b${name.replaceAll("$", "\\$")}\\b`).test(declared);
  const text = names.map((name) => `${constant(name) ? "let " : ""}${name} = ${JSON.stringify(parameters[name])};`).join("\n");
  const injected: Cell = {
    cell_type: "code",
    source: lines(text),
    metadata: { tags: ["injected-parameters"] },
    outputs: [],
    execution_count: null,
  };
  if (notebook.nbformat_minor >= 5) injected.id = "injected-parameters";
  notebook.cells.splice(at + 1, 0, injected);
}
