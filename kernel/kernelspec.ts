/** @file Kernelspecs: what tells Jupyter how to start a kernel. Written and removed without Python. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { NotFoundError, OptionError } from "../src/errors.js";
import { replaceFile } from "../src/weights/replace-file.js";
import { type Kernel, NEURONBOOK } from "./launch.js";
import { logo } from "./logo.js";

/** Where a kernelspec goes; the user's own folder unless told otherwise. */
export interface Place {
  readonly user?: boolean;
  /** the prefix of the Python that `python3` is, such as a virtual environment */
  readonly sysPrefix?: boolean;
  readonly prefix?: string;
}

/** The Jupyter data folder that a place means. @throws OptionError for several places, NotFoundError without a Python to ask */
export function dataFolder({ user, sysPrefix, prefix }: Place): string {
  if ([user, sysPrefix, prefix !== undefined].filter(Boolean).length > 1)
    throw new OptionError("prefix", prefix ?? "--sys-prefix", "one of --user, --sys-prefix and --prefix");
  if (prefix !== undefined) return path.join(path.resolve(prefix), "share", "jupyter");
  return sysPrefix ? path.join(pythonPrefix(), "share", "jupyter") : userFolder();
}

export const kernelFolder = (data: string, { name }: Kernel = NEURONBOOK): string => path.join(data, "kernels", name);

/** @returns the folder written; one that is there is replaced */
export function installKernelspec(data: string, kernel: Kernel = NEURONBOOK): string {
  const folder = kernelFolder(data, kernel);
  const spec = {
    argv: kernel.command("{connection_file}"),
    display_name: kernel.displayName,
    language: "typescript",
    interrupt_mode: kernel.interrupts,
    metadata: { debugger: false },
  };
  replaceFile(path.join(folder, "kernel.json"), [`${JSON.stringify(spec, null, 2)}\n`]);
  for (const size of [32, 64]) replaceFile(path.join(folder, `logo-${size}x${size}.png`), [logo(size)]);
  return folder;
}

/** @returns the folder removed; undefined where none was */
export function uninstallKernelspec(data: string, kernel: Kernel = NEURONBOOK): string | undefined {
  const folder = kernelFolder(data, kernel);
  if (!fs.existsSync(folder)) return undefined;
  fs.rmSync(folder, { recursive: true });
  return folder;
}

export interface InstalledKernel {
  readonly folder: string;
  /** why it would not start; undefined where it would */
  readonly problem: string | undefined;
}

/** Kernelspecs `neuronbook` in the folders that Jupyter looks into. */
export function installedKernels(): InstalledKernel[] {
  const places = [...(process.env.JUPYTER_PATH ?? "").split(path.delimiter).filter((one) => one !== ""), userFolder(), ...prefixes()];
  return [...new Set(places)]
    .map((data) => kernelFolder(data))
    .flatMap((folder) => (fs.existsSync(folder) ? [{ folder, problem: problemOf(folder) }] : []));
}

function problemOf(folder: string): string | undefined {
  let argv: unknown;
  try {
    argv = JSON.parse(fs.readFileSync(path.join(folder, "kernel.json"), "utf8")).argv;
  } catch (error) {
    return `kernel.json cannot be read: ${(error as Error).message}`;
  }
  if (!Array.isArray(argv) || !argv.every((one) => typeof one === "string")) return "kernel.json has no argv";
  const missing = argv.filter((one) => path.isAbsolute(one) && !fs.existsSync(one));
  if (missing.length > 0) return `${missing[0]} is gone`;
  if (!argv.includes(NEURONBOOK.main)) return `it starts another copy of the kernel than ${NEURONBOOK.main}`;
  return undefined;
}

function userFolder(): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return path.join(APPDATA ?? path.join(os.homedir(), "AppData", "Roaming"), "jupyter");
  return path.join(XDG_DATA_HOME || path.join(os.homedir(), ".local", "share"), "jupyter");
}

const prefixes = (): string[] =>
  [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX, "/usr/local", "/usr"].flatMap((one) =>
    one ? [path.join(one, "share", "jupyter")] : [],
  );

function pythonPrefix(): string {
  const { VIRTUAL_ENV, CONDA_PREFIX, NEURONBOOK_PYTHON } = process.env;
  if (NEURONBOOK_PYTHON === undefined && (VIRTUAL_ENV || CONDA_PREFIX)) return (VIRTUAL_ENV || CONDA_PREFIX)!;
  const python = NEURONBOOK_PYTHON ?? (process.platform === "win32" ? "python" : "python3");
  const { stdout, status } = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" });
  if (status === 0 && stdout.trim() !== "") return stdout.trim();
  throw new NotFoundError("Python", `--sys-prefix: \`${python}\` does not run; use --prefix FOLDER, or set NEURONBOOK_PYTHON`);
}
