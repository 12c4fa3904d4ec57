/** @file The files that a notebook cannot run without, as far as its code names them. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { cellOptions } from "../language/options.js";
import { type Notebook, sourceOf } from "../notebook/format.js";

const MOST_BYTES = 64 * 2 ** 20;
const THIS = fileURLToPath(import.meta.url);

export interface IncludedFile {
  /** from the notebook's folder, with `/` */
  readonly path: string;
  readonly why: "imported" | "named";
  readonly bytes: number;
  readonly sha256: string;
}

export interface MissingFile {
  /** as the code has it */
  readonly name: string;
  readonly why: string;
}

export interface LocalFiles {
  readonly included: readonly (IncludedFile & { readonly content: Uint8Array })[];
  readonly missing: readonly MissingFile[];
}

/**
 * Modules that cells import from the notebook's folder, with what those import, and files in it that a text of the code names. What is
 * outside of the folder, a folder itself, larger than 64 MiB or a package of the notebook's own is missing. Names that the code puts
 * together are not seen.
 */
export function localFiles({ cells }: Notebook, folder: string): LocalFiles {
  const search = new Search(fs.realpathSync(folder));
  for (const cell of cells) if (cell.cell_type === "code") search.code(sourceOf(cell), path.join(search.folder, "__cell.ts"));
  const byName = <T>(files: Iterable<T>, name: (file: T) => string) => [...files].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  return {
    included: byName(search.included.values(), (file) => file.path),
    missing: byName(
      [...search.missing].map(([name, why]) => ({ name, why })),
      ({ name }) => name,
    ),
  };
}

class Search {
  readonly included = new Map<string, LocalFiles["included"][number]>();
  readonly missing = new Map<string, string>();
  private readonly options: ts.CompilerOptions;

  constructor(readonly folder: string) {
    this.options = cellOptions(folder).options;
  }

  /** @param from the file that the code is in */
  code(text: string, from: string): void {
    const visit = (node: ts.Node): void => {
      const specifier = importedBy(node);
      if (specifier !== undefined) this.module(specifier, from);
      else if (ts.isStringLiteralLike(node) && !isImport(node)) this.named(node.text);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true));
  }

  private module(specifier: string, from: string): void {
    if (specifier === "neuronbook" || specifier.startsWith("node:") || builtinModules.includes(specifier)) return;
    const found = this.resolved(specifier, from);
    if (found !== undefined && !found.isExternalLibraryImport) {
      const file = this.add(specifier, fs.realpathSync(found.resolvedFileName), "imported");
      if (file !== undefined && /\.[mc]?[jt]sx?$/.test(file)) this.code(fs.readFileSync(file, "utf8"), file);
      return;
    }
    // the kernel brings some packages
    if (/^\.{0,2}\//.test(specifier)) this.missing.set(specifier, "does not exist");
    else if (this.resolved(specifier, THIS) === undefined) this.missing.set(specifier, "a package of the notebook's own");
  }

  private resolved(specifier: string, from: string): ts.ResolvedModuleFull | undefined {
    return ts.resolveModuleName(specifier, from, this.options, ts.sys).resolvedModule;
  }

  /** A text of the code that may be a file's name. */
  private named(text: string): void {
    if (text.length > 500 || !/[./]/.test(text) || /[\n\0]|^\.{1,2}\/?$|^\w+:\/\//.test(text)) return;
    const file = path.resolve(this.folder, text);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile()) this.add(text, fs.realpathSync(file), "named");
    // a word may be a folder's name by chance
    else if (stat?.isDirectory() && /^\.{0,2}\//.test(text)) this.missing.set(text, "a folder");
  }

  /** @returns the file where it is new and inside of the folder */
  private add(name: string, file: string, why: IncludedFile["why"]): string | undefined {
    const relative = path.relative(this.folder, file);
    if (relative.startsWith("..") || path.isAbsolute(relative)) {
      this.missing.set(name, "outside of the notebook's folder");
      return undefined;
    }
    const key = relative.split(path.sep).join("/");
    if (this.included.has(key)) return undefined;
    if (fs.statSync(file).size > MOST_BYTES) {
      this.missing.set(name, `larger than ${MOST_BYTES / 2 ** 20} MiB`);
      return undefined;
    }
    const content = fs.readFileSync(file);
    this.included.set(key, { path: key, why, bytes: content.length, sha256: sha256(content), content });
    return file;
  }
}

export const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

function importedBy(node: ts.Node): string | undefined {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require")
        ? node.arguments[0]
        : undefined;
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

const isImport = (node: ts.StringLiteralLike): boolean => importedBy(node.parent) === node.text;
