/**
 * @file Lets tslab find `neuronbook` from any folder, also where it is not installed: its compiler, which looks for types in the notebook's
 * folder alone, and its `require`.
 */
import Module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { System } from "typescript";

/** The package; modules run from dist/kernel/tslab. */
const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const ENTRY = path.join(PACKAGE, "index.cjs");

type Resolver = (request: string, ...rest: unknown[]) => string;

export function provideLibrary(folder: string, sys: System): void {
  const modules = path.join(folder, "node_modules");
  const library = path.join(modules, "neuronbook");
  const real = (file: string) => {
    const inside = path.relative(library, file);
    return inside.startsWith("..") || path.isAbsolute(inside) ? file : path.join(PACKAGE, inside);
  };
  const { fileExists, directoryExists, readFile, realpath } = sys;
  Object.assign(sys, {
    fileExists: (file) => fileExists(real(file)),
    directoryExists: (one) => path.resolve(one) === modules || directoryExists(real(one)),
    readFile: (file, encoding) => readFile(real(file), encoding),
    // what the library's types import is found from there
    realpath: (file) => realpath?.(real(file)) ?? real(file),
  } satisfies Partial<System>);
  const node = Module as unknown as { _resolveFilename: Resolver };
  const resolve = node._resolveFilename;
  node._resolveFilename = function (this: unknown, request, ...rest) {
    return request === "neuronbook" ? ENTRY : resolve.call(this, request, ...rest);
  };
}
