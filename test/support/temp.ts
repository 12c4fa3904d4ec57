import fs from "node:fs";
import os from "node:os";
import path from "node:path";

let parent: string | undefined;

/** A new empty folder, removed when the process ends. */
export function tempFolder(): string {
  if (parent === undefined) {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-test-"));
    process.on("exit", () => fs.rmSync(made, { recursive: true, force: true }));
    parent = made;
  }
  return fs.mkdtempSync(path.join(parent, "t-"));
}
