import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Runs `work` with an empty folder that is removed afterwards. */
export function inFolder<T>(work: (folder: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-"));
  try {
    return work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
