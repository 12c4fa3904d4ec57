import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder; tests run compiled, from dist/test/support. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

export const fixture = (...parts: string[]): string => path.join(root, "test", "fixtures", ...parts);

/** A file for people to look at after the tests; git ignores the folder. */
export function artefact(name: string): string {
  const folder = path.join(root, "test", "artefacts");
  fs.mkdirSync(folder, { recursive: true });
  return path.join(folder, name);
}
