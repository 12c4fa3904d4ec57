/** @file TypeScript's complaints about a cell, as a traceback: line, column, the line itself, and what is wrong. */
import ts from "typescript";

/** What to do about type errors: refuse to run, say so and run, or not check. Syntax errors always refuse. */
export type TypeChecking = "error" | "warn" | "off";

const DIRECTIVE = /^[ \t]*\/\/[ \t]*@kernel[ \t]+types:[ \t]*(error|warn|off)\b/m;

/** `// @kernel types: warn` in the cell, else the setting. */
export function typeChecking(code: string, setting: string | undefined): TypeChecking {
  const wanted = DIRECTIVE.exec(code)?.[1] ?? setting;
  return wanted === "warn" || wanted === "off" ? wanted : "error";
}

const RED = "\u001b[0;31m";
const PLAIN = "\u001b[0m";

export interface Complaint {
  /** one line: place and message */
  readonly line: string;
  /** with the cell's line and a mark below what is meant */
  readonly lines: readonly string[];
}

/** @param prelude lines of the file before the cell's first */
export function complaint(diagnostic: ts.Diagnostic, label: string, offset: number): Complaint {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  const message = `TS${diagnostic.code}: ${text}`;
  const { file, start, length = 1 } = diagnostic;
  if (file === undefined || start === undefined) return { line: message, lines: [message] };
  const { line, character } = ts.getLineAndCharacterOfPosition(file, Math.max(start, offset));
  // the prelude is the first line
  const at = `${label}:${line}:${character + 1}`;
  const shown = lineOf(file.text, line, file);
  const marks = "~".repeat(Math.max(1, Math.min(length, shown.length - character)));
  const gutter = String(line);
  return {
    line: `${at} - ${message.replaceAll(/\s*\n\s*/g, " ")}`,
    lines: [
      `${at} - ${RED}${message}${PLAIN}`,
      `${gutter} | ${shown}`,
      `${" ".repeat(gutter.length)} | ${" ".repeat(character)}${RED}${marks}${PLAIN}`,
    ],
  };
}

function lineOf(text: string, line: number, file: ts.SourceFile): string {
  const starts = file.getLineStarts();
  return text.slice(starts[line], starts[line + 1] ?? text.length).trimEnd();
}

/** A name of the prelude that the code does not use as expected, or a redeclaration, is the kernel's affair and not the user's. */
export const isOurs = (diagnostic: ts.Diagnostic, offset: number): boolean => diagnostic.start !== undefined && diagnostic.start < offset;
