/**
 * @file The notebook's own modules: `.ts`, `.mts`, `.json` and ES modules in JavaScript beside it. Each is loaded under a URL that carries a
 * digest of the file and of everything local that it imports, so that importing it again after an edit gives the edited one.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { LIBRARY_MODULE } from "./options.js";
import type { NotebookService } from "./service.js";
import type { Traces } from "./traces.js";

const DIGEST = "neuronbook";
const MOST_BYTES = 64 * 2 ** 20;
const LOADED_HERE = /\.(?:ts|mts|tsx|json|mjs|js)$/;

export class LocalModules {
  constructor(
    private readonly notebook: NotebookService,
    private readonly traces: Traces,
    /** where compiled modules go, for the module loader to find */
    private readonly folder: string,
  ) {}

  /** The specifier to import at run time: a URL for local modules and the library, else as written. */
  resolve(specifier: string, from: string): string {
    if (specifier === "neuronbook") return pathToFileURL(LIBRARY_MODULE).href;
    const file = this.localFile(specifier, from);
    return file === undefined ? specifier : this.compiled(file);
  }

  /** The file of the notebook's own that a specifier means, found as TypeScript finds it. */
  private localFile(specifier: string, from: string): string | undefined {
    const { options } = this.notebook.settings;
    const found = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule;
    const file = found?.resolvedFileName;
    if (file === undefined || found!.isExternalLibraryImport || file.endsWith(".d.ts") || file.includes("/node_modules/")) return undefined;
    return LOADED_HERE.test(file) && isEsModule(file) ? file : undefined;
  }

  /** Compiles a file, and the local ones that it imports, as far as they have changed. @returns the URL to import */
  private compiled(file: string): string {
    const digest = this.digest(file);
    const url = pathToFileURL(file);
    url.searchParams.set(DIGEST, digest);
    if (this.done.has(digest)) return url.href;
    // before its imports are compiled: they may import it in turn
    this.done.add(digest);
    const target = path.join(this.folder, `${digest}.js`);
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const text = readText(file);
    if (file.endsWith(".json")) fs.writeFileSync(target, `export default ${JSON.stringify(JSON.parse(text))};`);
    else fs.writeFileSync(target, this.javascript(file, text, url.href));
    return url.href;
  }
  private readonly done = new Set<string>();

  private javascript(file: string, text: string, url: string): string {
    const { outputText, sourceMapText } = ts.transpileModule(text, {
      fileName: file,
      compilerOptions: { ...this.notebook.settings.options, paths: undefined, isolatedModules: true, sourceMap: true },
      transformers: { after: [(context) => (source) => this.located(source, file, context)] },
    });
    this.traces.add(url, path.relative(this.notebook.folder, file), sourceMapText!, text, 0);
    return outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
  }

  /** Writes out what the module's imports mean. */
  private located(source: ts.SourceFile, file: string, context: ts.TransformationContext): ts.SourceFile {
    const { factory: f } = context;
    const place = (specifier: ts.Expression) =>
      ts.isStringLiteralLike(specifier) ? f.createStringLiteral(this.resolve(specifier.text, file)) : specifier;
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isImportDeclaration(node))
        // a JSON module is JavaScript by now
        return f.updateImportDeclaration(node, node.modifiers, node.importClause, place(node.moduleSpecifier), undefined);
      if (ts.isExportDeclaration(node) && node.moduleSpecifier)
        return f.updateExportDeclaration(
          node,
          node.modifiers,
          node.isTypeOnly,
          node.exportClause,
          place(node.moduleSpecifier),
          node.attributes,
        );
      const visited = ts.visitEachChild(node, visit, context);
      if (ts.isCallExpression(visited) && visited.expression.kind === ts.SyntaxKind.ImportKeyword && visited.arguments[0])
        return f.updateCallExpression(visited, visited.expression, undefined, [place(visited.arguments[0]), ...visited.arguments.slice(1)]);
      return visited;
    };
    return ts.visitEachChild(source, visit, context);
  }

  private digest(start: string): string {
    const hash = createHash("sha256");
    const seen = new Set<string>();
    const add = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readText(file);
      hash.update(file).update("\0").update(text);
      if (file.endsWith(".json")) return;
      for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
        const next = this.localFile(fileName, file);
        if (next !== undefined) add(next);
      }
    };
    add(start);
    return hash.digest("hex").slice(0, 16);
  }
}

function readText(file: string): string {
  const { size } = fs.statSync(file);
  if (size > MOST_BYTES) throw new Error(`${file}: ${size} bytes; a module has at most ${MOST_BYTES}`);
  return fs.readFileSync(file, "utf8");
}

/** TypeScript and JSON always; JavaScript where it has imports or exports. CommonJS is Node's to load. */
function isEsModule(file: string): boolean {
  if (!/\.js$/.test(file)) return true;
  return ts.isExternalModule(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest));
}
