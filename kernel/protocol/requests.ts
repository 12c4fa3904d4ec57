/** @file What requests ask: their contents, read from whatever a client sent. */
import type { Fields } from "./messages.js";

/** A field with another type than the protocol gives it. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

export interface ExecuteRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly expressions: Readonly<Record<string, string>>;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
}

export function executeRequest(content: Fields): ExecuteRequest {
  const silent = boolean(content, "silent", false);
  const expressions = content.user_expressions ?? {};
  if (typeof expressions !== "object" || !Object.values(expressions!).every((one) => typeof one === "string"))
    throw new RequestError("user_expressions must map names to texts");
  return {
    code: string(content, "code"),
    silent,
    storeHistory: !silent && boolean(content, "store_history", true),
    expressions: expressions as Record<string, string>,
    allowStdin: boolean(content, "allow_stdin", false),
    stopOnError: boolean(content, "stop_on_error", true),
  };
}

export interface CursorRequest {
  readonly code: string;
  /** offset in UTF-16 units, as JavaScript counts; the protocol counts code points */
  readonly cursor: number;
}

export function cursorRequest(content: Fields): CursorRequest {
  const code = string(content, "code");
  const { cursor_pos: points = pointsOf(code, code.length) } = content;
  if (!Number.isInteger(points) || (points as number) < 0) throw new RequestError("cursor_pos must be a whole number from 0");
  return { code, cursor: unitsOf(code, points as number) };
}

export interface HistoryRequest {
  readonly kind: "range" | "tail" | "search";
  readonly output: boolean;
  readonly session: number;
  readonly start: number;
  readonly stop: number | undefined;
  readonly count: number | undefined;
  readonly pattern: string;
  readonly unique: boolean;
}

export function historyRequest(content: Fields): HistoryRequest {
  const kind = content.hist_access_type;
  if (kind !== "range" && kind !== "tail" && kind !== "search") throw new RequestError("hist_access_type must be range, tail or search");
  return {
    kind,
    output: boolean(content, "output", false),
    session: number(content, "session") ?? 0,
    start: number(content, "start") ?? 0,
    stop: number(content, "stop"),
    count: number(content, "n"),
    pattern: content.pattern === undefined || content.pattern === null ? "*" : string(content, "pattern"),
    unique: boolean(content, "unique", false),
  };
}

export const codeOf = (content: Fields): string => string(content, "code");

/** Code points before an offset in UTF-16 units. */
export function pointsOf(code: string, units: number): number {
  let points = 0;
  for (const _ of code.slice(0, units)) points++;
  return points;
}

function unitsOf(code: string, points: number): number {
  let units = 0;
  for (const point of code) {
    if (points-- <= 0) break;
    units += point.length;
  }
  return units;
}

function string(content: Fields, name: string): string {
  const value = content[name];
  if (typeof value !== "string") throw new RequestError(`${name} must be a text`);
  return value;
}

function boolean(content: Fields, name: string, otherwise: boolean): boolean {
  const value = content[name] ?? otherwise;
  if (typeof value !== "boolean") throw new RequestError(`${name} must be true or false`);
  return value;
}

function number(content: Fields, name: string): number | undefined {
  const value = content[name] ?? undefined;
  if (value !== undefined && !Number.isFinite(value)) throw new RequestError(`${name} must be a number`);
  return value as number | undefined;
}
