/** @file The folders in which Jupyter looks for kernels and plugins, found without Python. */
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { NotFoundError, OptionError } from "../src/errors.js";

/** Where kernelspec and plugin go; the user's own folder unless told otherwise. */
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

/** All of them, the ones that come first for Jupyter first. */
export function jupyterFolders(): string[] {
  const named = (process.env.JUPYTER_PATH ?? "").split(path.delimiter).filter((one) => one !== "");
  return [...new Set([...named, userFolder(), ...prefixes()])];
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
