/** @file What a notebook ran on, as far as its numbers may depend on it. */
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { version } from "../../src/version.js";

export interface Machine {
  readonly neuronbook: string;
  readonly node: string;
  readonly "onnxruntime-node": string;
  readonly typescript: string;
  /** operating system and architecture, e.g. `linux-x64` */
  readonly platform: string;
  readonly cpu: string;
  /** that this process may use; runs say how many they took */
  readonly cores: number;
}

export function thisMachine(): Machine {
  return {
    neuronbook: version,
    node: process.version,
    "onnxruntime-node": packageVersion("onnxruntime-node"),
    typescript: packageVersion("typescript"),
    platform: `${process.platform}-${process.arch}`,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
  };
}

/** Read from its package: loading it takes seconds. */
function packageVersion(name: string): string {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths(name)!.find((one) => fs.existsSync(path.join(one, name, "package.json")));
  if (folder === undefined) throw new Error(`the package ${name} is not installed`);
  return JSON.parse(fs.readFileSync(path.join(folder, name, "package.json"), "utf8")).version;
}
