/** @file TypeScript's language service over the notebook: finished cells are virtual files, the cell at work is one more. */
import path from "node:path";
import ts from "typescript";
import { Cells, type Draft } from "./cells.js";
import { type CellOptions, cellOptions, LIBRARY_TYPES } from "./options.js";

/**
 * Packages of which the library's types mention one or two, and which have more files than all the rest: read when a cell says their name.
 * Until then what the library has of them is `any`.
 */
const RARE = { mentioned: /tensor/i, specifier: /^@tensorflow\// };
/** Globals of browsers, declared by packages that run in both. */
const BROWSER_TYPES = /^@webgpu\/types/;

/** Resolves what the notebook's folder does not have from where the kernel lies: its own packages. */
const FALLBACK = path.join(path.dirname(LIBRARY_TYPES), "cell.ts");

/** Documentation is a third of the parser's work; what is asked for is read when it is, see documentation.ts. */
const JSDOC = ts.JSDocParsingMode.ParseForTypeInfo;

export class NotebookService {
  readonly cells: Cells;
  readonly settings: CellOptions;
  /** file of the cell at work */
  readonly file: string;
  private text = "";
  private version = 0;
  /** Since the library was first imported: its types stay, for a program that lets go of them would read them anew. */
  private withLibrary = false;
  private withRare = false;
  private readonly service: ts.LanguageService;

  /** as TypeScript writes it, with forward slashes */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder.replaceAll("\\", "/").replace(/\/$/, "");
    this.cells = new Cells(this.folder);
    this.settings = cellOptions(folder);
    this.file = `${this.folder}/__cell.ts`;
    this.service = ts.createLanguageService(this.host(), ts.createDocumentRegistry(true, this.folder, JSDOC));
  }

  /** Makes `draft` the cell at work. */
  open({ text }: Draft): ts.LanguageService {
    if (text !== this.text) {
      this.text = text;
      this.version++;
      this.withLibrary ||= text.includes('from "neuronbook"');
      this.withRare ||= RARE.mentioned.test(text);
    }
    return this.service;
  }

  program(): { program: ts.Program; source: ts.SourceFile } {
    const program = this.service.getProgram()!;
    return { program, source: program.getSourceFile(this.file)! };
  }

  private host(): ts.LanguageServiceHost {
    const { options, ambient } = this.settings;
    const virtual = (file: string) => (file === this.file ? this.text : this.cells.texts.get(file));
    const cache = ts.createModuleResolutionCache(this.folder, (name) => name, options);
    const library = `${path.posix.dirname(LIBRARY_TYPES.replaceAll("\\", "/"))}/`;
    const hasDom = options.lib?.some((name) => /^lib\.dom\b/.test(name)) ?? false;
    const host: ts.LanguageServiceHost = {
      jsDocParsingMode: JSDOC,
      getScriptFileNames: () => [...ambient, ...(this.withLibrary ? [LIBRARY_TYPES] : []), this.file],
      getScriptVersion: (file) => {
        if (file === this.file) return String(this.version);
        if (this.cells.texts.has(file)) return "1";
        // a new version of it is resolved anew
        return file.startsWith(library) ? String(this.withRare) : versionOf(file);
      },
      getScriptSnapshot: (file) => {
        const text = virtual(file) ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.folder,
      getCompilationSettings: () => options,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (file) => virtual(file) !== undefined || ts.sys.fileExists(file),
      readFile: (file) => virtual(file) ?? ts.sys.readFile(file),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      readDirectory: ts.sys.readDirectory,
      realpath: ts.sys.realpath,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      resolveModuleNameLiterals: (literals, from, redirected, settings) =>
        literals.map(({ text: name }) => {
          if (RARE.specifier.test(name) && !this.withRare && from.startsWith(library)) return { resolvedModule: undefined };
          const own = !from.includes("/node_modules/") && from.startsWith(this.folder);
          // local files come and go while the notebook is open
          const resolve = (at: string) => ts.resolveModuleName(name, at, settings, host, isLocal(name) ? undefined : cache, redirected);
          const found = resolve(from);
          return found.resolvedModule || isLocal(name) || !own ? found : resolve(FALLBACK);
        }),
      resolveTypeReferenceDirectiveReferences: (references, from, redirected, settings) =>
        references.map((reference) => {
          const name = typeof reference === "string" ? reference : reference.fileName;
          if (BROWSER_TYPES.test(name) && !hasDom) return { resolvedTypeReferenceDirective: undefined, failedLookupLocations: [] };
          return ts.resolveTypeReferenceDirective(name, from, settings, host, redirected, undefined);
        }),
    };
    return host;
  }
}

const isLocal = (specifier: string): boolean => /^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..";

/** Files of packages do not change under a running kernel; the notebook's own do. */
function versionOf(file: string): string {
  if (file.includes("/node_modules/") || file.endsWith(".d.ts")) return "1";
  return String(ts.sys.getModifiedTime?.(file)?.getTime() ?? "gone");
}
