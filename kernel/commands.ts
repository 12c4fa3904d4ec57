/**
 * @file `neuronbook install`, `uninstall`, `run` and `export`, and what `doctor` says of Jupyter. What runs or renders a notebook is loaded
 * only then.
 */
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { EXIT } from "../src/cli/exit-codes.js";
import { assignments } from "../src/cli/option-values.js";
import { type Outcome, type Run, runs } from "../src/cli/run.js";
import { examples } from "../src/cli/run-options.js";
import { dataFolder, type Place } from "./jupyter-folders.js";
import { installedKernels, installKernelspec, uninstallKernelspec } from "./kernelspec.js";
import { installedLabextensions, installLabextension, uninstallLabextension } from "./labextension/folder.js";
import { NEURONBOOK, TSLAB } from "./launch.js";
import type { Report } from "./notebook/report.js";
import { requireTslab } from "./tslab/installed.js";

export function installCommand(program: Command, run: Run): void {
  const command = places(
    program.command("install").description("Tell Jupyter of the TypeScript kernel, and JupyterLab of the plugin. Needs no Python."),
  );
  command.option("--tslab", "of tslab with the library preloaded, too: a second kernel, `neuronbook-tslab`");
  examples(command, "neuronbook install", "neuronbook install --sys-prefix", "neuronbook install --prefix /opt/jupyter");
  runs<Place & { readonly tslab?: boolean }>(command, run, async ({ tslab: wanted, ...place }) => {
    if (wanted) requireTslab();
    const data = dataFolder(place);
    const [kernelspec, labextension] = [installKernelspec(data), installLabextension(data)];
    const tslab = wanted ? installKernelspec(data, TSLAB) : undefined;
    const text = [
      `The kernel neuronbook is installed: ${kernelspec}`,
      ...(tslab === undefined ? [] : [`The kernel ${TSLAB.name} is installed: ${tslab}`]),
      `JupyterLab's plugin is installed: ${labextension}`,
      "A JupyterLab that is open takes the plugin when its page is loaded again.",
    ];
    return { json: { kernelspec, labextension, ...(tslab && { tslab }) }, text: text.join("\n") };
  });
}

export function uninstallCommand(program: Command, run: Run): void {
  const command = places(program.command("uninstall").description("Remove what `install` wrote."));
  examples(command, "neuronbook uninstall", "neuronbook uninstall --sys-prefix");
  runs<Place>(command, run, async (place) => {
    const data = dataFolder(place);
    const [kernelspec, labextension, tslab] = [uninstallKernelspec(data), uninstallLabextension(data), uninstallKernelspec(data, TSLAB)];
    const removed = [kernelspec, labextension, tslab].filter((folder) => folder !== undefined);
    const text = removed.length === 0 ? `Nothing of neuronbook in ${data}: nothing to remove` : `Removed ${removed.join(" and ")}`;
    return { json: { kernelspec: kernelspec ?? null, labextension: labextension ?? null, ...(tslab && { tslab }) }, text };
  });
}

interface RunNotebook {
  readonly set: Readonly<Record<string, unknown>>;
  readonly timeout?: number;
  readonly output?: string;
  readonly tslab?: boolean;
}

export function runCommand(program: Command, run: Run): void {
  const command = program
    .command("run")
    .description("Run a notebook from first cell to last and keep its outputs in it. Needs no Python.")
    .argument("<notebook>", "an .ipynb file with TypeScript cells")
    .option("--set <name=value>", "a value for the cell tagged `parameters`: JSON, else taken as text; may be given again", assignments, {})
    .option("--timeout <seconds>", "most seconds that one cell may take; default: no limit", secondsValue)
    .option("--output <file>", "write the notebook there and leave the given one as it is");
  command.option("--tslab", "run it in tslab with the library preloaded");
  examples(
    command,
    "neuronbook run notebook.ipynb",
    "neuronbook run notebook.ipynb --set seed=2 --set 'name=\"sft\"' --output out/seed-2.ipynb",
  );
  runs<RunNotebook>(command, run, work);
}

async function work({ set, timeout, output, tslab }: RunNotebook, [file]: readonly string[], run: Run): Promise<Outcome> {
  if (tslab) requireTslab();
  const { runFile } = await import("./notebook/run-file.js");
  const kernel = tslab ? TSLAB : NEURONBOOK;
  const { target, cells, seconds, failure } = await runFile(file!, { output, kernel, parameters: set, timeout }, run);
  if (failure !== undefined) {
    const text = `${failure.message}\n${target} has the outputs until there.`;
    return { json: { notebook: target, ok: false, cell: failure.cell, error: failure.message }, text, exitCode: EXIT.failed };
  }
  return { json: { notebook: target, ok: true, cells, seconds }, text: `${cells} cells ran in ${seconds.toFixed(1)} s: ${target}` };
}

/** For `neuronbook start`. */
export async function runReport(...args: Parameters<typeof import("./notebook/report.js").runReport>): Promise<Report> {
  return (await import("./notebook/report.js")).runReport(...args);
}

/** For `neuronbook reproduce`. */
export async function runNotebookFile(
  ...args: Parameters<typeof import("./notebook/run-file.js").runFile>
): Promise<import("./notebook/run-file.js").RanFile> {
  return (await import("./notebook/run-file.js")).runFile(...args);
}

/** The folder of this package's notebooks; modules run from dist/kernel. */
export const packageNotebooks = (): string => fileURLToPath(new URL("../../notebooks/", import.meta.url));

export function exportCommand(program: Command, run: Run): void {
  const command = program
    .command("export")
    .description("Make one HTML file of a notebook with its outputs. It works from disk, without a network; figures stay interactive.")
    .argument("<notebook>", "an .ipynb file")
    .option("--output <file>", "write the page there; default: beside the notebook");
  examples(command, "neuronbook export notebook.ipynb", "neuronbook export notebook.ipynb --output report.html");
  runs<{ readonly output?: string }>(command, run, async ({ output }, [file]) => {
    const [{ readNotebook }, { writePage }] = await Promise.all([import("./notebook/format.js"), import("./export/write-page.js")]);
    const advance = run.progress.phase("making the page");
    const page = await writePage(readNotebook(file!), file!, {
      output,
      signal: run.signal,
      onCell: (done, total) => advance({ unit: "cells", done, total }),
    });
    const size = page.bytes < 1e6 ? `${Math.ceil(page.bytes / 1e3)} kB` : `${(page.bytes / 1e6).toFixed(1)} MB`;
    return { json: page, text: `${page.page}: ${size}, ${page.figures} interactive figure${page.figures === 1 ? "" : "s"}` };
  });
}

interface JupyterCheck {
  readonly name: string;
  readonly status: "ok" | "missing";
  readonly detail: string;
  readonly advice?: string;
}

/** What `doctor` says of the kernel and of JupyterLab's plugin. */
export function jupyterChecks(): JupyterCheck[] {
  return [jupyterCheck("Jupyter kernel", installedKernels()), jupyterCheck("JupyterLab plugin", installedLabextensions())];
}

function jupyterCheck(name: string, installed: readonly { folder: string; problem: string | undefined }[]): JupyterCheck {
  if (installed.length === 0) {
    const advice = "run `neuronbook install`; `neuronbook lab` needs none of it";
    return { name, status: "missing", detail: "not installed where Jupyter looks", advice };
  }
  const detail = installed.map(({ folder, problem }) => (problem === undefined ? folder : `${folder}: ${problem}`)).join("; ");
  if (installed.every(({ problem }) => problem === undefined)) return { name, status: "ok", detail };
  const works = installed.some(({ problem }) => problem === undefined);
  return { name, status: works ? "ok" : "missing", detail, advice: "run `neuronbook install`, or `neuronbook uninstall`, with that place" };
}

function places(command: Command): Command {
  return command
    .option("--user", "in the user's own Jupyter folder (the default)")
    .option("--sys-prefix", "in the environment of `python3`, or of NEURONBOOK_PYTHON")
    .option("--prefix <folder>", "in FOLDER/share/jupyter");
}

function secondsValue(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1e6) return value;
  throw new InvalidArgumentError("Expected seconds, a number above 0.");
}
