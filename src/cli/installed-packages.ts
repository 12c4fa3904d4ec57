/** @file Versions of the packages that are really loaded. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The package that `import name` gives; undefined where it is not installed. @param from a module of the package that imports it */
export function installedPackage(name: string, from?: string): InstalledPackage | undefined {
  let entry: string;
  try {
    entry = from === undefined ? fileURLToPath(import.meta.resolve(name)) : createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
  for (let folder = path.dirname(entry); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (!fs.existsSync(file)) continue;
    const { name: found, version, dependencies = {} } = JSON.parse(fs.readFileSync(file, "utf8"));
    if (found === name) return { folder: fs.realpathSync(folder), version, dependencies };
  }
  return undefined;
}
