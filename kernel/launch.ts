/** @file How kernels' processes are started. */
import { fileURLToPath } from "node:url";

export interface Startable {
  readonly command: (connectionFile: string) => readonly string[];
  /** what interrupts it: a message on the control channel, or SIGINT */
  readonly interrupts: "message" | "signal";
}

/** A kernel that this package brings. */
export interface Kernel extends Startable {
  /** of the kernelspec */
  readonly name: string;
  readonly displayName: string;
  /** its program */
  readonly main: string;
}

/**
 * Node 20 ends the process when an interrupt unwinds code that async hooks watch, unless told not to check; it also warns of the loader
 * that cells import through, which is none of the user's concern.
 */
const NODE_OPTIONS: readonly string[] = ["--no-force-async-hooks-checks", "--disable-warning=ExperimentalWarning"];

function kernel(program: string, rest: Omit<Kernel, "command" | "main">): Kernel {
  const main = fileURLToPath(new URL(program, import.meta.url));
  return { ...rest, main, command: (connectionFile) => [process.execPath, ...NODE_OPTIONS, main, connectionFile] };
}

export const NEURONBOOK = kernel("./main.js", { name: "neuronbook", displayName: "TypeScript (neuronbook)", interrupts: "message" });

/** tslab with the library's helpers preloaded. */
export const TSLAB = kernel("./tslab/main.js", {
  name: "neuronbook-tslab",
  displayName: "TypeScript (tslab, neuronbook)",
  interrupts: "signal",
});
