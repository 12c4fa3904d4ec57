/** @file What was run, across sessions: one JSON line an input, in a file that several kernels may append to. */
import { randomInt } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { HistoryRequest } from "../protocol/requests.js";

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output?: string;
}

let sessions = randomInt(1000);

type Row = [session: number, line: number, input: string | [string, string | null]];

/** Entries kept when the file is read; older ones are dropped from it once it is twice as long. */
const MOST_ENTRIES = 10_000;
const LONGEST_INPUT = 64 * 2 ** 10;

/** `NEURONBOOK_HISTORY`: another file, or empty for none. */
export function historyFile(): string | undefined {
  const given = process.env.NEURONBOOK_HISTORY;
  if (given !== undefined) return given === "" ? undefined : given;
  const base = process.env.XDG_STATE_HOME || path.join(os.homedir(), ".local", "state");
  return path.join(base, "neuronbook", "history.jsonl");
}

export class History {
  /** grows from kernel to kernel; no two that start in one millisecond share it */
  readonly session = Date.now() * 1000 + (sessions++ % 1000);
  private earlier: Entry[] | undefined;
  private readonly own: Entry[] = [];

  constructor(private readonly file: string | undefined) {}

  add(line: number, input: string): void {
    if (input.length <= LONGEST_INPUT && input.trim() !== "") this.own.push({ session: this.session, line, input });
  }

  /** Writes the entry of `line` to the file: it has run, with this result. */
  finish(line: number, output: string | undefined): void {
    const entry = this.own.findLast((one) => one.line === line);
    if (entry === undefined) return;
    if (output !== undefined) entry.output = output.slice(0, LONGEST_INPUT);
    if (this.file === undefined) return;
    try {
      fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      fs.appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch {
      // a history that cannot be kept must not stop the work
    }
  }

  find(request: HistoryRequest): Row[] {
    const all = [...this.read(), ...this.own];
    const chosen = request.kind === "tail" ? all : request.kind === "range" ? this.range(all, request) : search(all, request);
    const { count } = request;
    const last = request.kind === "range" || count === undefined ? chosen : count <= 0 ? [] : chosen.slice(-count);
    return last.map(({ session, line, input, output }) => [session, line, request.output ? [input, output ?? null] : input]);
  }

  /** Session 0 is this one, -1 the one before it, and so on; lines from `start` up to `stop`. */
  private range(all: readonly Entry[], { session, start, stop }: HistoryRequest): Entry[] {
    const sessions = [...new Set([...all.map((entry) => entry.session), this.session])].sort((a, b) => a - b);
    const wanted = session > 0 ? session : sessions.at(session - 1);
    return all.filter((entry) => entry.session === wanted && entry.line >= start && (stop === undefined || entry.line < stop));
  }

  private read(): readonly Entry[] {
    this.earlier ??= this.file === undefined ? [] : readEntries(this.file).filter(({ session }) => session !== this.session);
    return this.earlier;
  }
}

function search(all: readonly Entry[], { pattern, unique }: HistoryRequest): Entry[] {
  const regular = new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll(/\*+/g, "[^]*")
      .replaceAll("?", "[^]")}$`,
    "u",
  );
  const found = all.filter(({ input }) => regular.test(input));
  if (!unique) return found;
  return [...new Map(found.map((entry) => [entry.input, entry])).values()];
}

function readEntries(file: string): Entry[] {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.slice(-MOST_ENTRIES).flatMap((line) => {
    try {
      const { session, line: number, input, output } = JSON.parse(line) as Entry;
      const whole = Number.isInteger(session) && Number.isInteger(number) && typeof input === "string";
      return whole ? [{ session, line: number, input, ...(typeof output === "string" && { output }) }] : [];
    } catch {
      return [];
    }
  });
  if (lines.length > 2 * MOST_ENTRIES) shorten(file, lines.slice(-MOST_ENTRIES));
  return entries;
}

function shorten(file: string, lines: readonly string[]): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(beside, `${lines.join("\n")}\n`, { mode: 0o600 });
    fs.renameSync(beside, file);
  } catch {
    fs.rmSync(beside, { force: true });
  }
}
