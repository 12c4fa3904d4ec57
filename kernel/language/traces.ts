/** @file Stacks of errors, said in the user's terms: `In [3]:2:5` instead of compiled positions, without the kernel's own frames. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";

interface Compiled {
  readonly label: string;
  readonly map: SourceMap;
  /** lines before the user's first: the prelude's */
  readonly skipped: number;
  readonly source: readonly string[];
}

const FRAME = /^(\s*at .*?\(?)((?:file:\/\/|[a-zA-Z]:[\\/]|\/)[^()]*?):(\d+):(\d+)(\)?)$/;
/** frames of Node and of the kernel around the user's */
const INTERNAL =
  /\((?:node:internal|node:vm|node:async_hooks)|at (?:new )?(?:node:internal|node:vm)|[\\/]dist[\\/]kernel[\\/]|at async node:/;

export class Traces {
  private readonly compiled = new Map<string, Compiled>();

  /** @param file as it stands in a stack: a path, or a URL with its query */
  add(file: string, label: string, map: string, source: string, skipped: number): void {
    const payload = JSON.parse(map) as SourceMapPayload;
    this.compiled.set(file, { label, map: new SourceMap(payload), skipped, source: source.split("\n") });
  }

  /** @returns lines to show: message, the line where it happened, and the frames */
  explain(name: string, message: string, stack: string): string[] {
    const lines = stack.split("\n");
    const first = lines.findIndex((line) => /^\s+at /.test(line));
    const head = clean(first < 0 ? stack : lines.slice(0, first).join("\n"));
    const frames = first < 0 ? [] : lines.slice(first);
    const shown: string[] = [];
    let excerpt: string[] = [];
    for (const frame of frames) {
      const place = this.place(frame);
      if (place === undefined) {
        if (!INTERNAL.test(frame)) shown.push(frame);
        continue;
      }
      shown.push(place.frame);
      if (excerpt.length === 0) excerpt = place.excerpt;
    }
    const title = head.trim() === "" ? clean(message === "" ? name : `${name}: ${message}`) : head;
    return [`\u001b[0;31m${title}\u001b[0m`, ...excerpt, ...shown];
  }

  private place(frame: string): { frame: string; excerpt: string[] } | undefined {
    const found = FRAME.exec(frame);
    if (found === null) return undefined;
    const [, before, file, line, column, after] = found as unknown as [string, string, string, string, string, string];
    const compiled = this.compiled.get(file);
    if (compiled === undefined) return undefined;
    const entry = compiled.map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalLine" in entry)) return { frame: `${clean(before)}${compiled.label}${after}`, excerpt: [] };
    const at = entry.originalLine + 1 - compiled.skipped;
    const shownColumn = entry.originalColumn + 1;
    const text = compiled.source[at - 1];
    const excerpt =
      text === undefined
        ? []
        : [`${at} | ${text}`, `${" ".repeat(String(at).length)} | ${" ".repeat(entry.originalColumn)}\u001b[0;31m^\u001b[0m`];
    return { frame: `${clean(before)}${compiled.label}:${at}:${shownColumn}${after}`, excerpt };
  }
}

/** Names of cells without what the rewriting put before them. */
export const clean = (text: string): string =>
  text
    .replaceAll(/\(0 ?, ?\$cells\.([\p{ID_Continue}$]+)\)/gu, "$1")
    .replaceAll("$cells.", "")
    .replaceAll("eval at ", "");

export const pathOf = (url: string): string => (url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : url);
