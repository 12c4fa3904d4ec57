/** The command as users run it: a process of its own. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { hubCacheDir } from "../../src/weights/hub.js";
import { missingFiles, snapshotFolder } from "../../src/weights/hub-cache.js";
import { fixture, root } from "./paths.js";
import { tempFolder } from "./temp.js";

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** sends SIGINT as soon as something is on stderr: progress, which says that the run is under way */
  readonly interrupt?: boolean;
}

const bin = path.join(root, "dist", "src", "cli", "main.js");

export function cli(args: readonly string[], { env = {}, interrupt = false }: CliOptions = {}): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      if (interrupt && stderr === "") child.kill("SIGINT");
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A new file of JSON lines. */
export function jsonLines(lines: readonly object[]): string {
  const file = path.join(tempFolder(), "prompts.jsonl");
  fs.writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return file;
}

export const tiny = (...names: string[]): string => names.map((name) => fixture("tiny", name)).join(",");

/** Is the real model, with the adapters of the fixtures, in the cache? */
export function hasSmolLM2(): boolean {
  const has = (repo: string, kind: "model" | "adapter") => {
    const snapshot = snapshotFolder(hubCacheDir(), repo, "main");
    return snapshot !== undefined && missingFiles(snapshot, kind).length === 0;
  };
  return (
    has("HuggingFaceTB/SmolLM2-135M-Instruct", "model") &&
    ["neuronbook/sft-s0", "neuronbook/dpo-refusal-s0"].every((one) => has(one, "adapter"))
  );
}
