/** @file Kernelspecs: what tells Jupyter how to start a kernel. Written and removed without Python. */
import fs from "node:fs";
import path from "node:path";
import { replaceFile } from "../src/weights/replace-file.js";
import { jupyterFolders } from "./jupyter-folders.js";
import { type Kernel, NEURONBOOK } from "./launch.js";
import { logo } from "./logo.js";

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
  return jupyterFolders()
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
