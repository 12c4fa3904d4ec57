/** @file Where an organism's parts lie, and the names of the shipped one's. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The one in this package; modules run from dist/src/lab/organism. */
export const SHIPPED = fileURLToPath(new URL("../../../../data/organism/", import.meta.url));

/** A Hugging Face checkpoint. */
export const baseFolder = (folder: string): string => path.join(folder, "base");

/** A PEFT adapter, e.g. `sft-s0`. */
export const adapterFolder = (folder: string, name: string): string => path.join(folder, "adapters", name);

/** A score model: `cost` or `reward`. */
export const judgeFolder = (folder: string, kind: string): string => path.join(folder, kind);

/**
 * The folder behind a name of the shipped organism: `organism` is its base model, `organism/sft-s0` one of its adapters.
 * @returns `undefined` for every other name, of a folder (`./organism`) or of a repository
 */
export function shippedFolder(name: string): string | undefined {
  if (name === "organism") return baseFolder(SHIPPED);
  const [, adapter] = /^organism\/([a-z0-9-]+)$/.exec(name) ?? [];
  if (adapter === undefined) return undefined;
  const folder = adapterFolder(SHIPPED, adapter);
  return fs.existsSync(folder) ? folder : undefined;
}
