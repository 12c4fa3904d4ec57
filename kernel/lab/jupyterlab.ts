/** @file A JupyterLab to start: one that is there already, or one in an environment that only neuronbook uses. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { NotFoundError } from "../../src/errors.js";

/** The version that is installed where none is found. */
export const PINNED = "4.6.6";
const LEAST: readonly [major: number, minor: number] = [4, 2];

export interface JupyterLab {
  /** program and first arguments */
  readonly command: readonly [program: string, ...args: string[]];
  readonly version: string;
  /** is it the one of neuronbook's own environment? */
  readonly own: boolean;
}

/** What neuronbook keeps for itself on this machine; removing the folder loses nothing but time. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Caches", "neuronbook");
  if (process.platform === "win32") return path.join(LOCALAPPDATA ?? path.join(os.homedir(), "AppData", "Local"), "neuronbook");
  return path.join(XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "neuronbook");
}

/**
 * The first that runs: that of NEURONBOOK_PYTHON, `jupyter-lab` on the PATH, the one in neuronbook's own environment.
 *
 * @param note is told of one that is too old
 */
export async function findJupyterLab(note: (text: string) => void, signal: AbortSignal): Promise<JupyterLab | undefined> {
  const python = process.env.NEURONBOOK_PYTHON;
  const candidates: Pick<JupyterLab, "command" | "own">[] = [
    ...(python ? [{ command: [python, "-m", "jupyterlab"], own: false } as const] : []),
    { command: ["jupyter-lab"], own: false },
    { command: [environmentPython(), "-m", "jupyterlab"], own: true },
  ];
  for (const { command, own } of candidates) {
    const { code, stdout } = await run([...command, "--version"], signal);
    const version = /^\d+\.\d+\S*$/m.exec(stdout)?.[0];
    if (code !== 0 || version === undefined) continue;
    const [major, minor] = version.split(".").map(Number) as [number, number];
    if (major === LEAST[0] && minor >= LEAST[1]) return { command, version, own };
    note(`\`${command.join(" ")}\` is JupyterLab ${version}; the plugin needs 4, from ${LEAST.join(".")} on`);
  }
  return undefined;
}

/**
 * Makes an environment with JupyterLab of the pinned version in it. What an earlier, broken attempt left is replaced.
 *
 * @throws NotFoundError where Python is missing, or pip does not get at the packages
 */
export async function makeJupyterLab(signal: AbortSignal): Promise<JupyterLab> {
  const folder = environmentFolder();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const python = process.env.NEURONBOOK_PYTHON || (process.platform === "win32" ? "python" : "python3");
  const made = await run([python, "-m", "venv", folder], signal);
  if (made.code !== 0)
    throw new NotFoundError(
      "Python",
      `\`${python} -m venv\` failed: ${made.why}; install Python 3.9 or later with its venv module (Debian: python3-venv), set NEURONBOOK_PYTHON, or install JupyterLab yourself`,
    );
  const own = environmentPython();
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `jupyterlab==${PINNED}`];
  const installed = await run([own, ...pip], signal);
  if (installed.code !== 0)
    throw new NotFoundError(
      "JupyterLab",
      `pip could not install jupyterlab==${PINNED} into ${folder}: ${installed.why}; with network, run this again, or install JupyterLab yourself`,
    );
  return { command: [own, "-m", "jupyterlab"], version: PINNED, own: true };
}

export const environmentFolder = (): string => path.join(cacheFolder(), `jupyterlab-${PINNED}`);

const environmentPython = (): string =>
  path.join(environmentFolder(), ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));

interface Ran {
  /** null where it did not start */
  readonly code: number | null;
  readonly stdout: string;
  /** the last line of what it complained of */
  readonly why: string;
}

function run([program, ...args]: readonly string[], signal: AbortSignal): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", (error) => (signal.aborted ? reject(signal.reason) : resolve({ code: null, stdout, why: error.message })));
    child.on("close", (code) => {
      const said = `${stdout}\n${stderr}`.trim().split("\n").at(-1)!;
      resolve({ code, stdout, why: said.trim() || `exit code ${code}` });
    });
  });
}
