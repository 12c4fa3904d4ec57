/** @file From a cell's code to something that runs, or to what is wrong with it. */
import path from "node:path";
import type ts from "typescript";
import type { Draft } from "./cells.js";
import { complaint, isOurs, type TypeChecking, typeChecking } from "./diagnostics.js";
import type { LocalModules } from "./modules.js";
import { runnable } from "./rewrite.js";
import type { NotebookService } from "./service.js";
import type { Traces } from "./traces.js";

/** A cell ready to run. */
export interface CompiledCell {
  readonly status: "ok";
  readonly code: string;
  /** file name in stacks */
  readonly file: string;
  /** names that it declares */
  readonly names: readonly string[];
  /** helpers of the library that it uses */
  readonly helpers: readonly string[];
  /** type errors that do not block, to print */
  readonly warnings: readonly string[];
}

/** A cell that must not run. */
export interface RefusedCell {
  readonly status: "error";
  readonly ename: "SyntaxError" | "TypeScriptError";
  readonly evalue: string;
  readonly traceback: readonly string[];
}

const MOST_COMPLAINTS = 10;

export class Compiler {
  private readonly drafts = new Map<number, Draft>();
  /** of the tsconfig, told once */
  private problems: readonly string[];

  constructor(
    private readonly notebook: NotebookService,
    private readonly modules: LocalModules,
    private readonly traces: Traces,
    private readonly setting: string | undefined,
  ) {
    this.problems = notebook.settings.problems;
  }

  /** @param label what the cell is called in messages, `In [3]` */
  compile(id: number, code: string, label: string): CompiledCell | RefusedCell {
    const draft = this.notebook.cells.draft(code);
    const service = this.notebook.open(draft);
    const { file } = this.notebook;
    const syntax = service.getSyntacticDiagnostics(file);
    if (syntax.length > 0) return refused("SyntaxError", syntax, label, draft.offset);
    const checking = typeChecking(code, this.setting);
    const wrong = checking === "off" ? [] : this.wrong(service, draft);
    if (checking === "error" && wrong.length > 0) return refused("TypeScriptError", wrong, label, draft.offset);
    const { program, source } = this.notebook.program();
    const { code: js, map } = runnable({
      program,
      source,
      offset: draft.offset,
      resolve: (specifier) => this.modules.resolve(specifier, file),
    });
    // beside the notebook, so that Node finds its packages
    const name = path.join(this.notebook.folder, `__cell_${id}.js`);
    this.traces.add(name, label, map, code, 1);
    this.drafts.set(id, draft);
    const used = new Set(
      /^import \{([^}]*)\} from "neuronbook";/m.exec(draft.text.slice(0, draft.offset).replaceAll(";import", ";\nimport"))?.[1]?.split(","),
    );
    const warnings = [...this.problems, ...wrong.flatMap((one) => complaint(one, label, draft.offset).lines)];
    this.problems = [];
    return {
      status: "ok",
      code: js,
      file: name,
      names: draft.names.filter(({ kind }) => kind !== "type").map((one) => one.name),
      helpers: [...used].filter((one) => this.notebook.cells.isHelper(one)),
      warnings,
    };
  }

  /** Keeps the names of a cell that ran. */
  commit(id: number, kept: readonly string[]): void {
    const draft = this.drafts.get(id);
    if (draft !== undefined) this.notebook.cells.commit(id, draft, new Set(kept));
    this.drafts.delete(id);
  }

  private wrong(service: ts.LanguageService, { offset }: Draft): ts.Diagnostic[] {
    return service.getSemanticDiagnostics(this.notebook.file).filter((one) => one.category === 1 && !isOurs(one, offset));
  }
}

function refused(ename: RefusedCell["ename"], all: readonly ts.Diagnostic[], label: string, offset: number): RefusedCell {
  const complaints = all.slice(0, MOST_COMPLAINTS).map((one) => complaint(one, label, offset));
  const more = all.length - complaints.length;
  const hint = "put `// @kernel types: warn` (or `off`) into the cell to run it nevertheless";
  return {
    status: "error",
    ename,
    evalue: complaints[0]!.line,
    traceback: [
      ...complaints.flatMap(({ lines }) => lines),
      ...(more > 0 ? [`… and ${more} more`] : []),
      ...(ename === "TypeScriptError" ? [hint] : []),
    ],
  };
}

export type { TypeChecking };
