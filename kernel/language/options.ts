/** @file Compiler options of cells: the tsconfig of the notebook's folder, with what a kernel cannot leave open. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export interface CellOptions {
  readonly options: ts.CompilerOptions;
  /** the tsconfig in use; undefined outside any project */
  readonly config: string | undefined;
  /** what is wrong with it, one line each */
  readonly problems: readonly string[];
  /** declaration files that every cell sees */
  readonly ambient: readonly string[];
}

/** The kernel's own copy of the library: cells use no other, so that there is one engine and one `instanceof`. */
const OWN_SOURCE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "src");
export const LIBRARY_TYPES = path.join(OWN_SOURCE, "index.d.ts");
export const LIBRARY_MODULE = path.join(OWN_SOURCE, "index.js");
const CELL_TYPES = fileURLToPath(new URL("../session/globals.d.ts", import.meta.url));

/** Without a tsconfig: strict about what goes wrong at run time, silent about style. */
const OUTSIDE: ts.CompilerOptions = { strict: true, noImplicitAny: false, useUnknownInCatchVariables: false, lib: ["lib.es2023.d.ts"] };

export function cellOptions(folder: string): CellOptions {
  const config = ts.findConfigFile(folder, ts.sys.fileExists);
  const problems: string[] = [];
  const theirs = config === undefined ? OUTSIDE : parsed(config, problems);
  const nodeTypes = nodeTypesOf(folder);
  return {
    config,
    problems,
    ambient: [CELL_TYPES, ...(nodeTypes === undefined ? [] : [nodeTypes])],
    options: {
      ...theirs,
      lib: [...(theirs.lib ?? ["lib.es2023.d.ts"]), "lib.esnext.disposable.d.ts"],
      types: (theirs.types ?? []).filter((name) => name !== "node"),
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      paths: { ...theirs.paths, neuronbook: [LIBRARY_TYPES] },
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      allowJs: true,
      preserveConstEnums: true,
      esModuleInterop: true,
      skipLibCheck: true,
      sourceMap: true,
      removeComments: false,
      ...OFF,
    },
  };
}

/** Options that make no sense for a cell, or whose complaints would block an unfinished thought. */
const OFF: ts.CompilerOptions = {
  noEmit: false,
  emitDeclarationOnly: false,
  declaration: false,
  declarationMap: false,
  composite: false,
  incremental: false,
  tsBuildInfoFile: undefined,
  inlineSourceMap: false,
  inlineSources: false,
  importHelpers: false,
  isolatedModules: false,
  isolatedDeclarations: false,
  verbatimModuleSyntax: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  noEmitOnError: false,
  checkJs: false,
  outFile: undefined,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
};

function parsed(config: string, problems: string[]): ts.CompilerOptions {
  const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile);
  // the files that it lists do not matter here
  const { options, errors } = ts.parseJsonConfigFileContent(
    { ...json, files: [], include: undefined, references: undefined },
    ts.sys,
    path.dirname(config),
    undefined,
    config,
  );
  const EMPTY_FILES = 18002;
  for (const one of [...(error ? [error] : []), ...errors])
    if (one.code !== EMPTY_FILES) problems.push(`${config}: ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`);
  return options;
}

/** Those of the notebook's project; else the ones that came with the kernel. */
function nodeTypesOf(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, "node_modules", "@types", "node", "index.d.ts");
    if (fs.existsSync(file)) return fs.realpathSync(file);
    if (at === path.dirname(at)) break;
  }
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve("@types/node/package.json")), "index.d.ts");
  } catch {
    return undefined;
  }
}
