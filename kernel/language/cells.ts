/** @file The notebook as TypeScript sees it: every run cell is a module, and a cell imports what earlier ones declared. */
import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { LIBRARY_TYPES } from "./options.js";

/** What a name of a cell stands for; `variable` may be assigned to from other cells. */
export type NameKind = "variable" | "value" | "type";

export interface CellName {
  readonly name: string;
  readonly kind: NameKind;
  /** it says `export` itself */
  readonly exported: boolean;
}

/** A cell about to be checked. */
export interface Draft {
  /** the prelude, one line, then the cell */
  readonly text: string;
  /** length of the prelude with its line break */
  readonly offset: number;
  readonly names: readonly CellName[];
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

export class Cells {
  /** text of finished cells by file */
  readonly texts = new Map<string, string>();
  private readonly names = new Map<string, { readonly file: string; readonly kind: NameKind }>();
  private readonly helpers = helperNames();

  constructor(private readonly folder: string) {}

  /** @param all import every name, for completion, instead of those that the code mentions */
  draft(code: string, all = false): Draft {
    const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true);
    const names = declaredNames(source);
    const prelude = this.prelude(new Set(names.map(({ name }) => name)), all ? undefined : new Set(code.match(IDENTIFIER)), code);
    return { text: `${prelude}\n${code}`, offset: prelude.length + 1, names };
  }

  /** Keeps a cell that ran. @param kept those of its names that later cells see */
  commit(id: number, { text, names }: Draft, kept: ReadonlySet<string>): void {
    const seen = names.filter(({ name, kind }) => kind === "type" || kept.has(name));
    if (seen.length === 0) return;
    const file = this.file(id);
    const exports = seen.filter(({ exported }) => !exported).map(({ name, kind }) => (kind === "type" ? `type ${name}` : name));
    this.texts.set(file, `${text}\nexport {${exports.join(",")}};`);
    for (const { name, kind } of seen) this.names.set(name, { file, kind });
  }

  /** Names that later cells see, newest last, and the library's helpers that no cell has redefined. */
  known(): { cells: string[]; helpers: string[] } {
    return {
      cells: [...this.names.keys()],
      helpers: [...this.helpers].filter(([name, kind]) => kind === "value" && !this.names.has(name)).map(([name]) => name),
    };
  }

  isHelper(name: string): boolean {
    return this.helpers.get(name) === "value";
  }

  file(id: number): string {
    return `${this.folder}/__cell_${id}.ts`;
  }

  private prelude(own: ReadonlySet<string>, mentioned: ReadonlySet<string> | undefined, code: string): string {
    const wanted = (name: string) => !own.has(name) && (mentioned === undefined || mentioned.has(name));
    const imports = new Map<string, string[]>();
    let variables = "";
    for (const [name, { file, kind }] of this.names) {
      if (!wanted(name)) continue;
      const from = `./${path.basename(file, ".ts")}`;
      if (kind === "variable") variables += `declare let ${name}: typeof import("${from}")["${name}"];`;
      else imports.set(from, [...(imports.get(from) ?? []), kind === "type" ? `type ${name}` : name]);
    }
    const words = mentioned ?? new Set(code.match(IDENTIFIER));
    const helpers = [...this.helpers.keys()].filter((name) => words.has(name) && !own.has(name) && !this.names.has(name));
    if (helpers.length > 0) imports.set("neuronbook", helpers);
    const lines = [...imports].map(([from, names]) => `import {${names.join(",")}} from "${from}";`);
    return variables + lines.join("");
  }
}

/** What the statements of a cell declare, nested blocks aside. */
export function declaredNames(source: ts.SourceFile): CellName[] {
  const found = new Map<string, CellName>();
  for (const statement of source.statements) {
    const exported =
      ts.canHaveModifiers(statement) && (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);
    for (const [identifier, kind] of declarationsOf(statement))
      if (found.get(identifier.text)?.kind !== "value") found.set(identifier.text, { name: identifier.text, kind, exported });
  }
  return [...found.values()];
}

/** The identifiers that a top-level statement declares. `using` is left out: it is over when its cell is. */
export function declarationsOf(statement: ts.Statement): [ts.Identifier, NameKind][] {
  if (ts.isVariableStatement(statement)) {
    const { flags, declarations } = statement.declarationList;
    if ((flags & ts.NodeFlags.Using) === ts.NodeFlags.Using || (flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) return [];
    const kind = flags & ts.NodeFlags.Const ? "value" : "variable";
    return declarations.flatMap(({ name }) => bindingsOf(name)).map((name) => [name, kind]);
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
    return statement.name ? [[statement.name, "value"]] : [];
  if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name) && !(statement.flags & ts.NodeFlags.GlobalAugmentation))
    return [[statement.name, "value"]];
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [[statement.name, "type"]];
  if (ts.isImportDeclaration(statement) && statement.importClause) return importsOf(statement.importClause);
  return [];
}

function importsOf(clause: ts.ImportClause): [ts.Identifier, NameKind][] {
  const kind = clause.isTypeOnly ? "type" : "value";
  const found: [ts.Identifier, NameKind][] = clause.name ? [[clause.name, kind]] : [];
  const { namedBindings } = clause;
  if (namedBindings === undefined) return found;
  if (ts.isNamespaceImport(namedBindings)) return [...found, [namedBindings.name, kind]];
  return [...found, ...namedBindings.elements.map(({ name, isTypeOnly }): [ts.Identifier, NameKind] => [name, isTypeOnly ? "type" : kind])];
}

export function bindingsOf(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bindingsOf(element.name)));
}

/** Names that the library exports: cells have them without an import. */
function helperNames(): ReadonlyMap<string, NameKind> {
  const source = ts.createSourceFile("index.d.ts", fs.readFileSync(LIBRARY_TYPES, "utf8"), ts.ScriptTarget.Latest);
  const found = new Map<string, NameKind>();
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue;
    const { exportClause, isTypeOnly } = statement;
    if (ts.isNamespaceExport(exportClause)) found.set(exportClause.name.text, "value");
    else for (const one of exportClause.elements) found.set(one.name.text, isTypeOnly || one.isTypeOnly ? "type" : "value");
  }
  return found;
}
