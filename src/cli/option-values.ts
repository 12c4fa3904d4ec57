/** @file Values of options as they stand on the command line: each reader refuses what makes no sense, which is wrong usage. */
import fs from "node:fs";
import { InvalidArgumentError } from "commander";
import { POSITION_NAMES, type Positions } from "../engine/positions.js";
import { FINDINGS, type FindingId } from "../lab/reproduction/plan.js";

/** A whole number in [`least`, `most`]. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };

export const SEEDS = wholeNumber(0, 2 ** 32 - 1);

/** `0,1,2`, each once. */
export function seedList(text: string): number[] {
  const seeds = text.split(",").map((one) => SEEDS(one.trim()));
  if (new Set(seeds).size === seeds.length) return seeds;
  throw new InvalidArgumentError("Expected different seeds.");
}

/** A share of all neurons below 1, or a count. */
/** Findings of the paper: `E1,E4`. */
export function findingList(text: string): FindingId[] {
  return text.split(",").map((name) => {
    const id = FINDINGS.find((one) => one === name.trim().toUpperCase());
    if (id === undefined) throw new InvalidArgumentError(`Expected some of ${FINDINGS.join(", ")}, with commas between them.`);
    return id;
  });
}

export function topValue(text: string): number {
  const value = decimal(text);
  if (value > 0 && (value < 1 || Number.isInteger(value))) return value;
  throw new InvalidArgumentError("Expected a share of the neurons between 0 and 1, or their number.");
}

export function temperatureValue(text: string): number {
  const value = decimal(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError("Expected a number from 0; 0 always takes the likeliest token.");
}

export function positiveNumber(text: string): number {
  const value = decimal(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("Expected a number above 0.");
}

export function topPValue(text: string): number {
  const value = decimal(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number above 0, at most 1.");
}

/** A name of the position language, or absolute indices such as `0,1,-1`. */
export function positionsValue(text: string): Positions {
  const name = POSITION_NAMES.find((one) => one === text);
  if (name !== undefined) return name;
  if (/^-?\d{1,9}(,-?\d{1,9})*$/.test(text)) return text.split(",").map(Number);
  throw new InvalidArgumentError(`Expected ${POSITION_NAMES.join(", ")}, or token indices such as 0,1,-1 (-1: the prompt's last).`);
}

/** `A[,B…]`, adapters to stack; an empty text is the bare model. */
export function adapterStack(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.length === 1 && names[0] === "") return [];
  if (!names.includes("")) return names;
  throw new InvalidArgumentError('Expected adapters with commas between them, or "" for the bare model.');
}

/** A file to write, refused before a long run rather than after it. */
export function outputFile(text: string): string {
  if (text !== "" && !fs.statSync(text, { throwIfNoEntry: false })?.isDirectory()) return text;
  throw new InvalidArgumentError("Expected the name of a file to write.");
}

/** A folder to write into, new or not. */
export function outputFolder(text: string): string {
  if (text !== "" && fs.statSync(text, { throwIfNoEntry: false })?.isDirectory() !== false) return text;
  throw new InvalidArgumentError("Expected the name of a folder.");
}

export const inputName = (what: string) => (text: string) => {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError(`Expected ${what}.`);
};

/** `name=value`, given again and again: JSON values, else texts. */
export function assignments(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)=(.*)$/su.exec(text);
  if (found === null) throw new InvalidArgumentError("Expected name=value.");
  const [, name, value] = found as unknown as [string, string, string];
  try {
    return { ...before, [name]: JSON.parse(value) };
  } catch {
    return { ...before, [name]: value };
  }
}

const decimal = (text: string): number => (/^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);
