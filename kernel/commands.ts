/** @file `neuronbook install`, `uninstall` and `run`, and what `doctor` says of Jupyter. What runs a notebook is loaded only then. */
import path from "node:path";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { EXIT } from "../src/cli/exit-codes.js";
import { type Outcome, type Run, runs } from "../src/cli/run.js";
import { examples } from "../src/cli/run-options.js";
import { dataFolder, type Place } from "./jupyter-folders.js";
import { installedKernels, installKernelspec, uninstallKernelspec } from "./kernelspec.js";
import { installedLabextensions, installLabextension, uninstallLabextension } from "./labextension/folder.js";

export function installCommand(program: Command, run: Run): void {
  const command = places(
    program.command("install").description("Tell Jupyter of the TypeScript kernel, and JupyterLab of the plugin. Needs no Python."),
  );
  examples(command, "neuronbook install", "neuronbook install --sys-prefix", "neuronbook install --prefix /opt/jupyter");
  runs<Place>(command, run, async (place) => {
    const data = dataFolder(place);
    const [kernelspec, labextension] = [installKernelspec(data), installLabextension(data)];
    const text = [
      `The kernel neuronbook is installed: ${kernelspec}`,
      `JupyterLab's plugin is installed: ${labextension}`,
      "A JupyterLab that is open takes the plugin when its page is loaded again.",
    ];
    return { json: { kernelspec, labextension }, text: text.join("\n") };
  });
}

export function uninstallCommand(program: Command, run: Run): void {
  const command = places(program.command("uninstall").description("Remove what `install` wrote."));
  examples(command, "neuronbook uninstall", "neuronbook uninstall --sys-prefix");
  runs<Place>(command, run, async (place) => {
    const data = dataFolder(place);
    const [kernelspec, labextension] = [uninstallKernelspec(data), uninstallLabextension(data)];
    const removed = [kernelspec, labextension].filter((folder) => folder !== undefined);
    const text = removed.length === 0 ? `Nothing of neuronbook in ${data}: nothing to remove` : `Removed ${removed.join(" and ")}`;
    return { json: { kernelspec: kernelspec ?? null, labextension: labextension ?? null }, text };
  });
}

interface RunNotebook {
  readonly set: Readonly<Record<string, unknown>>;
  readonly timeout?: number;
  readonly output?: string;
}

export function runCommand(program: Command, run: Run): void {
  const command = program
    .command("run")
    .description("Run a notebook from first cell to last and keep its outputs in it. Needs no Python.")
    .argument("<notebook>", "an .ipynb file with TypeScript cells")
    .option("--set <name=value>", "a value for the cell tagged `parameters`: JSON, else taken as text; may be given again", assignment, {})
    .option("--timeout <seconds>", "most seconds that one cell may take; default: no limit", secondsValue)
    .option("--output <file>", "write the notebook there and leave the given one as it is");
  examples(
    command,
    "neuronbook run notebook.ipynb",
    "neuronbook run notebook.ipynb --set seed=2 --set 'name=\"sft\"' --output out/seed-2.ipynb",
  );
  runs<RunNotebook>(command, run, work);
}

async function work({ set, timeout, output }: RunNotebook, [file]: readonly string[], run: Run): Promise<Outcome> {
  const [{ readNotebook, writeNotebook }, { CellError, runNotebook }] = await Promise.all([
    import("./notebook/format.js"),
    import("./notebook/run.js"),
  ]);
  const notebook = readNotebook(file!);
  const target = output ?? file!;
  const advance = run.progress.phase("running cells");
  const started = performance.now();
  let failure: InstanceType<typeof CellError> | undefined;
  let cells = 0;
  try {
    await runNotebook(notebook, {
      folder: path.dirname(path.resolve(file!)),
      parameters: set,
      timeout,
      signal: run.signal,
      onCell: (done, total) => {
        cells = done;
        advance({ unit: "cells", done, total });
      },
    });
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    failure = error;
  }
  // the outputs until a failure say what went wrong
  writeNotebook(target, notebook);
  const seconds = (performance.now() - started) / 1000;
  if (failure !== undefined) {
    const text = `${failure.message}\n${target} has the outputs until there.`;
    return { json: { notebook: target, ok: false, cell: failure.cell, error: failure.message }, text, exitCode: EXIT.failed };
  }
  return { json: { notebook: target, ok: true, cells, seconds }, text: `${cells} cells ran in ${seconds.toFixed(1)} s: ${target}` };
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

function assignment(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(text);
  if (found === null) throw new InvalidArgumentError("Expected name=value.");
  const [, name, value] = found as unknown as [string, string, string];
  try {
    return { ...before, [name]: JSON.parse(value) };
  } catch {
    return { ...before, [name]: value };
  }
}

function secondsValue(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1e6) return value;
  throw new InvalidArgumentError("Expected seconds, a number above 0.");
}
