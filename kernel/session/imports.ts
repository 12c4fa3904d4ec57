/** @file Imports of cells: from the notebook's folder as Node finds them, its own modules compiled and fresh, and the kernel's packages. */
import { createRequire, register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { LanguageClient } from "../language/client.js";

type Import = (specifier: string, options?: ImportCallOptions) => Promise<Record<string, unknown>>;

const LOCAL = /^file:.*[?&]neuronbook=/;
const ASKS = /^\.{0,2}\/|^neuronbook$/;

export class Imports {
  private readonly fromNotebook: Import;
  private registered = false;
  private library: Promise<Record<string, unknown>> | undefined;

  constructor(
    private readonly folder: string,
    private readonly language: LanguageClient,
    private readonly modules: string,
  ) {
    this.fromNotebook = new vm.Script("(specifier, options) => import(specifier, options)", {
      filename: path.join(folder, "__cell_import.js"),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext() as Import;
  }

  readonly import: Import = async (wanted, options) => {
    const text = String(wanted);
    // what the compiler could not see, such as a specifier that is computed
    const specifier = ASKS.test(text) ? await this.language.call("resolve", text, path.join(this.folder, "__cell.ts")) : text;
    if (LOCAL.test(specifier)) {
      this.registerLoader();
      return this.fromNotebook(specifier);
    }
    try {
      return await this.fromNotebook(specifier, options);
    } catch (error) {
      if (!isMissing(error, specifier)) throw error;
      // the kernel brings packages of its own, for notebooks outside any project
      return import(specifier, options).catch(() => {
        throw error;
      });
    }
  };

  /** The library, loaded once. */
  helpers(): Promise<Record<string, unknown>> {
    this.library ??= import("../../src/index.js") as unknown as Promise<Record<string, unknown>>;
    return this.library;
  }

  meta(): Record<string, unknown> {
    const url = pathToFileURL(path.join(this.folder, "__cell.ts")).href;
    const resolve = (specifier: string) => pathToFileURL(createRequire(url).resolve(specifier)).href;
    return { url, dirname: this.folder, filename: path.join(this.folder, "__cell.ts"), resolve };
  }

  private registerLoader(): void {
    if (this.registered) return;
    this.registered = true;
    register(new URL("./loader-hooks.js", import.meta.url), { data: { folder: this.modules } });
  }
}

function isMissing(error: unknown, specifier: string): boolean {
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return false;
  return !/^[./]|^[a-z]+:/.test(specifier) && (error as Error).message.includes(`'${specifier.split("/")[0]!}`);
}
