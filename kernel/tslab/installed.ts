/** @file Is tslab here? It is an optional companion: its private TypeScript is large, and brings a `tsc` command of its own. */
import { createRequire } from "node:module";
import { NotFoundError } from "../../src/errors.js";

/** @throws NotFoundError that says how to get it */
export function requireTslab(): void {
  try {
    createRequire(import.meta.url).resolve("tslab/package.json");
  } catch (cause) {
    throw new NotFoundError("tslab", "tslab is not installed beside neuronbook; `npm install tslab@1.0.22` brings it", { cause });
  }
}
