/** A JupyterLab of its own with kernel and plugin. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { installKernelspec } from "../../kernel/kernelspec.js";
import { installLabextension } from "../../kernel/labextension/folder.js";
import { missingChromium } from "./chromium.js";
import { tempFolder } from "./temp.js";

const python = process.env.NEURONBOOK_PYTHON;

export const hasJupyterLab = (): boolean => python !== undefined && spawnSync(python, ["-c", "import jupyterlab"]).status === 0;

/** Why the tests in a browser cannot run here; undefined where they can. */
export function missing(): string | undefined {
  if (!hasJupyterLab()) return "NEURONBOOK_PYTHON names no Python with jupyterlab";
  return missingChromium();
}

export interface Server {
  /** without a slash at the end */
  readonly url: string;
  /** what the server sees as its root */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Environment in which Jupyter reads and writes below one folder only. */
export function jupyterEnvironment(base: string): Record<string, string> {
  const inside = (name: string) => path.join(base, name);
  return {
    JUPYTER_CONFIG_DIR: inside("config"),
    JUPYTER_DATA_DIR: inside("data"),
    JUPYTER_RUNTIME_DIR: inside("runtime"),
    JUPYTER_PATH: inside("jupyter"),
    IPYTHONDIR: inside("ipython"),
    NEURONBOOK_HISTORY: "",
  };
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startJupyterLab(): Promise<Server> {
  const base = tempFolder();
  const folder = path.join(base, "notebooks");
  fs.mkdirSync(folder);
  const env = jupyterEnvironment(base);
  const settings = (extension: string, name: string, values: object) => {
    const file = path.join(env.JUPYTER_CONFIG_DIR!, "lab", "user-settings", "@jupyterlab", extension, `${name}.jupyterlab-settings`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(values));
  };
  // else it asks whether it may fetch news, and drops completions that a loaded machine gives late
  settings("apputils-extension", "notification", { fetchNews: "false" });
  settings("completer-extension", "manager", { providerTimeout: 120_000 });
  installKernelspec(env.JUPYTER_PATH!);
  installLabextension(env.JUPYTER_PATH!);
  const port = await freePort();
  const options = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port}`,
    "--ServerApp.port_retries=0",
    `--ServerApp.root_dir=${folder}`,
    "--IdentityProvider.token=",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
  ];
  const child = spawn(python!, ["-m", "jupyterlab", ...options], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const said = outputOf(child);
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/api/status`, () => {
    if (child.exitCode !== null) throw new Error(`JupyterLab ended with code ${child.exitCode}:\n${said()}`);
  });
  return { url, folder, stop: () => stopped(child) };
}

export function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (more) => {
      text += more;
    });
  return () => text;
}

/** Waits until the address answers with 200. @param check throws where there is no point in waiting on */
export async function answers(url: string, check: () => void): Promise<Response> {
  for (;;) {
    check();
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return response;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("close", () => resolve());
    child.kill("SIGTERM");
  });
}

/** A cell's outputs, as notebook files have them. */
export interface Cell {
  readonly code: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Writes a notebook for the TypeScript kernel. One written so is untrusted where it has outputs. @returns its name below the folder */
export function writeNotebook(folder: string, name: string, cells: readonly Cell[]): string {
  const made = cells.map(({ code, data }, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    source: code,
    metadata: {},
    outputs: data === undefined ? [] : [{ output_type: "display_data", data, metadata: {} }],
    execution_count: null,
  }));
  const kernelspec = { name: "neuronbook", display_name: "TypeScript (neuronbook)", language: "typescript" };
  fs.writeFileSync(path.join(folder, name), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: made }));
  return name;
}
