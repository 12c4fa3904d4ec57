/** @file JSON from files that nobody vouches for: bounded size and depth, valid UTF-8, one value per key. */

import fs from "node:fs";
import { FileFormatError } from "../errors.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Deepest nesting read: configurations have 3 or 4 levels. */
const maxDepth = 64;

/**
 * An object from UTF-8 bytes. A key that occurs twice is refused: two readers of such a file would see two different files.
 *
 * @throws FileFormatError `what` says which part of `file` the bytes are.
 */
export function parseJsonObject(bytes: Uint8Array, file: string, what: string): JsonObject {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileFormatError(file, `${what} is not valid UTF-8`, { cause });
  }
  const defect = defectOf(text);
  if (defect !== undefined) throw new FileFormatError(file, `${what}: ${defect}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(file, `${what} is not JSON: ${printable((cause as Error).message)}`, { cause });
  }
  if (!isJsonObject(value)) throw new FileFormatError(file, `${what} is not a JSON object`);
  return value;
}

/**
 * An object from a whole file of at most `maxBytes`.
 *
 * @throws FileFormatError when it is larger, or not an object.
 */
export function readJsonObject(file: string, maxBytes = 64 * 2 ** 20): JsonObject {
  const stat = fs.statSync(file);
  if (!stat.isFile()) throw new FileFormatError(file, "not a regular file");
  const { size } = stat;
  if (size > maxBytes) throw new FileFormatError(file, `${size} bytes; at most ${maxBytes} are read`);
  return parseJsonObject(fs.readFileSync(file), file, "the file");
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Untrusted text for an error message: control characters escaped, cut to 120 characters. */
export function printable(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 117)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

/** What JSON.parse would not say: nesting that is too deep, or a key given twice. One pass, before anything is built. */
function defectOf(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "{" || c === "[") {
      if (open.length === maxDepth) return `nested more than ${maxDepth} deep`;
      open.push(c === "{" ? new Set() : undefined);
    } else if (c === "}" || c === "]") {
      open.pop();
    } else if (c === '"') {
      const end = endOfString(text, i);
      if (end < 0) return undefined;
      const keys = open.at(-1);
      const next = afterSpace(text, end);
      if (keys && text[next] === ":") {
        const key = keyOf(text.slice(i, end));
        if (keys.has(key)) return `key ${printable(key)} occurs twice`;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return -1;
}

function afterSpace(text: string, from: number): number {
  let i = from;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return i;
}

/** A key as it reads once its escapes are undone; one with a bad escape stays as written, JSON.parse refuses it later. */
function keyOf(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    return token;
  }
}
