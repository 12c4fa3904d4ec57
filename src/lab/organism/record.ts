/** @file `organism.json`: which stages of an organism's training are finished, and from what. */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError } from "../../errors.js";
import { readJsonObject } from "../../weights/json.js";
import { replaceFile } from "../../weights/replace-file.js";

const RECORD = "organism.json";
const FORMAT = 1;

export interface StageRecord {
  /** sha256 hex over options, examples and the models trained on: a stage is done where this is what it would be today */
  readonly key: string;
  readonly steps: number;
  /** mean loss of the last tenth of the steps */
  readonly loss: number;
  /** of the run that finished it */
  readonly seconds: number;
}

export interface OrganismRecord {
  readonly format: typeof FORMAT;
  /** version that trained it */
  readonly neuronbook: string;
  readonly seed: number;
  /** by name, in the order of training */
  readonly stages: Readonly<Record<string, StageRecord>>;
}

/** @returns undefined where there is none. @throws FileFormatError */
export function readRecord(folder: string): OrganismRecord | undefined {
  const file = path.join(folder, RECORD);
  if (!fs.existsSync(file)) return undefined;
  const record = readJsonObject(file);
  const { format, seed, stages } = record;
  if (format !== FORMAT || !Number.isInteger(seed) || typeof stages !== "object" || stages === null)
    throw new FileFormatError(file, `is not the record of an organism, format ${FORMAT}`);
  return record as unknown as OrganismRecord;
}

export function writeRecord(folder: string, record: Omit<OrganismRecord, "format">): void {
  replaceFile(path.join(folder, RECORD), [`${JSON.stringify({ format: FORMAT, ...record }, undefined, 2)}\n`]);
}
