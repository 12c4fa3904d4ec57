/** @file Completions at the cursor: the service's, and the library's helpers that the cell does not mention yet. */
import ts from "typescript";
import type { NotebookService } from "./service.js";

export interface Completion {
  readonly text: string;
  /** TypeScript's kind: `const`, `function`, `property` … */
  readonly kind: string;
}

export interface Completions {
  readonly matches: readonly Completion[];
  /** what is replaced, UTF-16 units */
  readonly start: number;
  readonly end: number;
}

const MOST = 500;
const WORD_BEFORE = /[\p{ID_Continue}$\u200c\u200d]*$/u;

export function complete(notebook: NotebookService, code: string, cursor: number): Completions {
  const draft = notebook.cells.draft(code, true);
  const service = notebook.open(draft);
  const info = service.getCompletionsAtPosition(notebook.file, cursor + draft.offset, {
    includeCompletionsWithInsertText: false,
    includeCompletionsForModuleExports: false,
  });
  const typed = WORD_BEFORE.exec(code.slice(0, cursor))![0];
  const span = info?.optionalReplacementSpan ?? info?.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  const inText = info?.entries[0]?.kind === ts.ScriptElementKind.string || info?.entries[0]?.kind === ts.ScriptElementKind.directory;
  const start =
    span && (inText || span.start - draft.offset < cursor)
      ? Math.max(0, Math.min(span.start - draft.offset, cursor))
      : cursor - typed.length;
  const prefix = code.slice(start, cursor).toLowerCase();
  const { cells, helpers } = notebook.cells.known();
  const own = new Set(cells);
  const entries = (info?.entries ?? []).filter(({ name }) => !name.startsWith("__cell") && name.toLowerCase().startsWith(prefix));
  const rank = ({ name, sortText }: ts.CompletionEntry) => `${own.has(name) ? "0" : "1"}${sortText}${name}`;
  const found = new Map<string, string>();
  for (const entry of entries.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))) found.set(entry.name, entry.kind);
  if (info?.isGlobalCompletion && prefix !== "")
    for (const name of helpers) if (name.toLowerCase().startsWith(prefix) && !found.has(name)) found.set(name, "alias");
  const matches = [...found].slice(0, MOST).map(([text, kind]) => ({ text, kind }));
  return { matches, start, end: cursor };
}
