/** @file `neuronbook lab`: JupyterLab with kernel and plugin, for this copy of neuronbook alone; nothing outside its cache is written. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { EXIT } from "../../src/cli/exit-codes.js";
import { wholeNumber } from "../../src/cli/option-values.js";
import { type Outcome, type Run, runs } from "../../src/cli/run.js";
import { examples } from "../../src/cli/run-options.js";
import { NotFoundError } from "../../src/errors.js";
import { installKernelspec } from "../kernelspec.js";
import { installLabextension } from "../labextension/folder.js";
import { NEURONBOOK } from "../launch.js";
import { cacheFolder, environmentFolder, findJupyterLab, type JupyterLab, makeJupyterLab, PINNED } from "./jupyterlab.js";

interface LabOptions {
  readonly port?: number;
  readonly browser: boolean;
}

export function labCommand(program: Command, run: Run): void {
  const command = program
    .command("lab")
    .description("Open JupyterLab with the kernel and the plugin. Where there is no JupyterLab, one is installed for neuronbook alone.")
    .argument("[path]", "a folder or a notebook; default: ./notebooks where it is, else this folder")
    .option("--port <n>", "the port of the server; default: 8888, or the next free one", wholeNumber(1, 65535))
    .option("--no-browser", "open no browser: the address is printed");
  examples(command, "neuronbook lab", "neuronbook lab work.ipynb", "neuronbook lab --no-browser --port 9000");
  runs<LabOptions>(command, run, work);
}

async function work({ port, browser }: LabOptions, [given]: readonly string[], run: Run): Promise<Outcome> {
  const { folder, file } = opened(given);
  const note = (text: string) => run.progress.note(`neuronbook: ${text}`);
  run.progress.phase("looking for JupyterLab");
  const lab = (await findJupyterLab(note, run.signal)) ?? (await make(run, note));
  run.progress.stop();
  note(`JupyterLab ${lab.version}: ${lab.command.join(" ")}`);
  const data = privateData();
  installKernelspec(data);
  installLabextension(data);
  note(`kernel and plugin for this start alone: ${data}`);
  note(`notebooks: ${folder}; Ctrl-C ends it`);
  const root = process.getuid?.() === 0;
  if (root) note("running as root, so every cell is root too");
  const args = [
    `--ServerApp.root_dir=${folder}`,
    ...(file === undefined ? [] : [`--LabApp.default_url=/lab/tree/${encodeURIComponent(file)}`]),
    ...(port === undefined ? [] : [`--ServerApp.port=${port}`]),
    ...(browser ? [] : ["--no-browser"]),
    ...(root ? ["--allow-root"] : []),
  ];
  const code = await serve(lab, args, environment(lab, data), run.signal);
  run.signal.throwIfAborted();
  const text = code === 0 ? "JupyterLab has ended." : `JupyterLab ended with code ${code}; what it said stands above.`;
  return { json: { ok: code === 0, code }, text, exitCode: code === 0 ? EXIT.good : EXIT.failed };
}

async function make(run: Run, note: (text: string) => void): Promise<JupyterLab> {
  note(`no JupyterLab found; installing ${PINNED} into ${environmentFolder()}, once (about 250 MB). Nothing else is changed`);
  run.progress.phase(`installing JupyterLab ${PINNED} with pip`);
  return makeJupyterLab(run.signal);
}

function opened(given: string | undefined): { folder: string; file?: string } {
  if (given === undefined) {
    const notebooks = path.resolve("notebooks");
    return { folder: fs.existsSync(notebooks) ? notebooks : process.cwd() };
  }
  const full = path.resolve(given);
  const stats = fs.statSync(full, { throwIfNoEntry: false });
  if (stats === undefined) throw new NotFoundError(given, `${given}: there is no such folder or notebook`);
  return stats.isDirectory() ? { folder: full } : { folder: path.dirname(full), file: path.basename(full) };
}

/** A Jupyter data folder of this copy: another clone, with a kernel of its own, has another. */
function privateData(): string {
  const copy = createHash("sha256").update(NEURONBOOK.main).digest("hex").slice(0, 12);
  return path.join(cacheFolder(), `jupyter-${copy}`);
}

/** A JupyterLab that is the user's keeps the user's settings; neuronbook's own keeps them to itself. */
function environment({ own }: JupyterLab, data: string): NodeJS.ProcessEnv {
  const { JUPYTER_PATH } = process.env;
  const found = { ...process.env, JUPYTER_PATH: [data, ...(JUPYTER_PATH ? [JUPYTER_PATH] : [])].join(path.delimiter) };
  if (!own) return found;
  const state = path.join(cacheFolder(), "jupyterlab-state");
  return { ...found, JUPYTER_CONFIG_DIR: path.join(state, "config"), JUPYTER_DATA_DIR: path.join(state, "data") };
}

/** @returns its exit code. Without a terminal for its input it does not ask whether an interrupt is meant. */
function serve({ command }: JupyterLab, args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const [program, ...first] = command;
    const child = spawn(program, [...first, ...args], { stdio: ["ignore", 2, 2], env });
    const stop = () => child.kill("SIGTERM");
    signal.addEventListener("abort", stop);
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code);
    });
  });
}
