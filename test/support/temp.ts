import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** A new empty folder, removed when the process ends. */
export function tempFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-test-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
