/** @file What is kept of a notebook that was run for a finding: its report, its figures, when and with what. */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError } from "../../errors.js";
import type { FindingRow } from "../../findings/finding-report.js";
import type { Finding, Verdict } from "../../findings/verdict.js";
import { readJsonObject } from "../../weights/json.js";
import { replaceFile } from "../../weights/replace-file.js";
import { type Made, readMade } from "../study/results.js";
import { SCALES, type StudyScale } from "../study/scale.js";
import { FINDINGS, type FindingId } from "./plan.js";

const FORMAT = 1;

/** The JSON form of a `FindingReport`. */
export interface ReportedFinding {
  readonly id: FindingId;
  readonly title: string;
  readonly claim: string;
  readonly lab: string;
  readonly verdict: Verdict;
  readonly rows: readonly FindingRow[];
  readonly parts: Readonly<Record<string, Finding>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly differs: readonly string[];
}

export interface FindingRecord {
  readonly format: typeof FORMAT;
  readonly scale: StudyScale;
  /** sha256 hex of the notebook's cells */
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** of the last run; what was kept before took no time in it */
  readonly made: Made;
  readonly report: ReportedFinding;
  /** file names beside the record */
  readonly figures: readonly string[];
}

/** Where a laboratory's findings of one scale lie. */
export const findingsFolder = (results: string, scale: StudyScale): string => path.join(results, "findings", scale);

export function writeRecord(results: string, record: Omit<FindingRecord, "format" | "figures">, pngs: readonly Uint8Array[]): void {
  const folder = findingsFolder(results, record.scale);
  const { id } = record.report;
  const figures = pngs.map((png, i) => {
    const name = `${id}-${i + 1}.png`;
    replaceFile(path.join(folder, name), [png]);
    return name;
  });
  replaceFile(path.join(folder, `${id}.json`), [`${JSON.stringify({ format: FORMAT, ...record, figures }, undefined, 1)}\n`]);
}

/**
 * The record of a finding; undefined where there is none.
 * @throws FileFormatError
 */
export function readRecord(results: string, scale: StudyScale, id: FindingId): FindingRecord | undefined {
  const file = path.join(findingsFolder(results, scale), `${id}.json`);
  if (!fs.existsSync(file)) return undefined;
  const record = readJsonObject(file);
  if (record.format !== FORMAT) throw new FileFormatError(file, `is not a finding of format ${FORMAT}; delete it, it is made again`);
  return record as unknown as FindingRecord;
}

/** Each finding's record of the largest scale that there is. */
export function largestRecords(results: string): Map<FindingId, FindingRecord> {
  const found = new Map<FindingId, FindingRecord>();
  for (const id of FINDINGS) {
    const record = [...SCALES].reverse().flatMap((scale) => readRecord(results, scale, id) ?? [])[0];
    if (record !== undefined) found.set(id, record);
  }
  return found;
}

/** What was measured on one machine; seconds are those of each measurement added up, also where several ran at once. */
export interface MachineShare {
  readonly machine: string;
  readonly count: number;
  readonly seconds: number;
}

/** Kept measurements of a laboratory by machine, the most first. */
export function measurements(results: string): MachineShare[] {
  const shares = new Map<string, { count: number; seconds: number }>();
  const kinds = fs.existsSync(results) ? fs.readdirSync(results, { withFileTypes: true }) : [];
  for (const kind of kinds.filter((one) => one.isDirectory() && one.name !== "findings"))
    for (const file of fs.readdirSync(path.join(results, kind.name)).filter((name) => name.endsWith(".json"))) {
      const made = readMade(path.join(results, kind.name, file));
      const share = shares.get(made.machine) ?? { count: 0, seconds: 0 };
      shares.set(made.machine, { count: share.count + 1, seconds: share.seconds + made.seconds });
    }
  return [...shares]
    .map(([machine, share]) => ({ machine, ...share }))
    .sort((a, b) => b.count - a.count || (a.machine < b.machine ? -1 : 1));
}
