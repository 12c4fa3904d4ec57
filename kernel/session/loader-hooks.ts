/**
 * @file Runs in Node's loader thread. Modules of the notebook's own carry a digest in their URL; the language thread has compiled them, and
 * what they import is written out in full, so that they are only read here.
 */
import fs from "node:fs/promises";
import path from "node:path";

interface Resolved {
  url: string;
  shortCircuit?: boolean;
  format?: string;
}
interface Loaded {
  format: string;
  source: string;
  shortCircuit: boolean;
}

const LOCAL = /^file:.*[?&]neuronbook=([0-9a-f]+)$/;
let folder: string;

export function initialize(data: { folder: string }): void {
  folder = data.folder;
}

export async function resolve(
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Promise<Resolved>,
): Promise<Resolved> {
  return LOCAL.test(specifier) ? { url: specifier, shortCircuit: true, format: "module" } : next(specifier, context);
}

export async function load(url: string, context: object, next: (url: string, context: object) => Promise<Loaded>): Promise<Loaded> {
  const found = LOCAL.exec(url);
  if (found === null) return next(url, context);
  return { format: "module", source: await fs.readFile(path.join(folder, `${found[1]}.js`), "utf8"), shortCircuit: true };
}
