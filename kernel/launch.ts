/** @file How the kernel's process is started. */
import { fileURLToPath } from "node:url";

export const KERNEL_MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

/**
 * Node options of the kernel. Node 20 ends the process when an interrupt unwinds code that async hooks watch, unless told not to check;
 * it also warns of the loader that cells import through, which is none of the user's concern.
 */
export const KERNEL_NODE_OPTIONS: readonly string[] = ["--no-force-async-hooks-checks", "--disable-warning=ExperimentalWarning"];
