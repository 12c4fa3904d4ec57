/** @file Is a piece of code whole, does it go on, or is it wrong whatever comes next? */
import ts from "typescript";

export type Completeness = { readonly status: "complete" | "invalid" } | { readonly status: "incomplete"; readonly indent: string };

/** Unterminated template literal, comment and the like: more text can end them. */
const UNTERMINATED = new Set([1010, 1160]);

export function isComplete(code: string): Completeness {
  const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true) as ts.SourceFile & {
    readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[];
  };
  const [first] = source.parseDiagnostics;
  if (first === undefined) return { status: "complete" };
  if (!UNTERMINATED.has(first.code) && first.start < code.trimEnd().length) return { status: "invalid" };
  const line = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^[ \t]*/.exec(line)![0];
  return { status: "incomplete", indent: /[([{]$/.test(line) ? `${indent}  ` : indent };
}
