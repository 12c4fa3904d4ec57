/** @file A bundle's notebook run again, and what it gives held against what the bundle holds. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Run } from "../../src/cli/run.js";
import type { Notebook } from "../notebook/format.js";
import { type Machine, thisMachine } from "../notebook/machine.js";
import type { CellError } from "../notebook/run.js";
import { runFile } from "../notebook/run-file.js";
import { compareResults, type ResultDifference } from "./compare-results.js";
import { compareTables, type TableComparison } from "./compare-tables.js";
import type { MissingFile } from "./local-files.js";
import { modelsOf, type Origin } from "./origin.js";
import { type OpenedBundle, openBundle } from "./read-bundle.js";
import { shownBy } from "./results.js";

export interface VerifyOptions {
  /** of numbers that are not whole, relative to the larger one */
  readonly tolerance: number;
  /** where the notebook is unpacked and run, and stays; default: a temporary one */
  readonly folder?: string;
}

export interface VerifiedTable extends TableComparison {
  readonly name: string;
  readonly cell: number;
  readonly rows: number;
  readonly totalRows: number;
}

export interface Verification {
  /** everything that is compared agrees, and nothing was altered */
  readonly equal: boolean;
  /** the cell that ended the rerun; nothing was compared then */
  readonly failure: CellError | undefined;
  readonly tables: readonly VerifiedTable[];
  /** JSON results and texts that were compared */
  readonly results: number;
  readonly differences: readonly ResultDifference[];
  readonly altered: readonly string[];
  readonly missing: readonly MissingFile[];
  readonly versions: readonly VersionDifference[];
  /** those of the bundle that the rerun did not run: other weights, or other adapters, by their digests */
  readonly otherModels: readonly string[];
  readonly inOrder: boolean;
  /** of the rerun */
  readonly seconds: number;
}

/** Of versions and machine: no difference by itself, but a reason for one. */
export interface VersionDifference {
  readonly what: keyof Machine;
  readonly bundle: string | number | undefined;
  readonly here: string | number;
}

/**
 * Runs the code that the bundle holds, with its parameters, in the kernel that `neuronbook run` takes.
 *
 * @throws NotFoundError, FileFormatError; OptionError where the folder has another notebook of that name
 */
export async function verifyBundle(bundle: string, { tolerance, folder }: VerifyOptions, run: Run): Promise<Verification> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-verify-"));
  try {
    run.progress.phase("reading the bundle");
    const own = path.join(scratch, "notebook");
    const read = path.join(scratch, "read");
    for (const one of [own, read]) fs.mkdirSync(one);
    const opened = await openBundle(bundle, folder ?? own, read, run.signal);
    const { origin, file } = opened;
    // beside the notebook as it was sent, so that both can be looked at
    const output = file.replace(/\.ipynb$/, ".rerun.ipynb");
    const { notebook, failure, seconds } = await runFile(file, { output, parameters: origin.parameters }, run);
    const { missing } = origin;
    const { inOrder } = origin.notebook;
    const facts = {
      failure,
      altered: opened.altered,
      missing,
      versions: versionDifferences(origin),
      otherModels: otherModels(origin, notebook),
      inOrder,
      seconds,
    };
    if (failure !== undefined) return { equal: false, tables: [], results: 0, differences: [], ...facts };
    const tables = verifiedTables(opened, notebook, file, tolerance);
    const { compared, differences } = compareResults(shownBy(opened.notebook, bundle), shownBy(notebook, file), tolerance);
    const equal = tables.every((table) => table.equal) && differences.length === 0 && opened.altered.length === 0;
    return { equal, tables, results: compared, differences, ...facts };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** Those of the bundle, then those that only the rerun has. */
function verifiedTables({ tables }: OpenedBundle, rerun: Notebook, file: string, tolerance: number): VerifiedTable[] {
  const left = new Map(
    shownBy(rerun, file).flatMap(({ cell, tables }) => tables.map((data, i) => [`${cell} ${i + 1}`, { cell, data }] as const)),
  );
  const amiss = (shape: string) => ({ equal: false, shape: [shape], differing: 0, differences: [] });
  const verified = tables.map(({ name, cell, table, data }): VerifiedTable => {
    const got = left.get(`${cell} ${table}`);
    left.delete(`${cell} ${table}`);
    const { rows, totalRows } = data;
    const comparison = got === undefined ? amiss("the rerun does not show it") : compareTables(data, got.data, tolerance);
    return { name, cell, rows, totalRows, ...comparison };
  });
  const others = [...left.values()].map(({ cell, data: { rows, totalRows } }) => {
    return { name: `cell-${cell}`, cell, rows, totalRows, ...amiss("the bundle does not have it") };
  });
  return [...verified, ...others];
}

type ModelRecord = Partial<{ model: string; digest: string; adapters: readonly Partial<{ name: string; digest: string }>[] }> | null;

function otherModels({ models }: Origin, rerun: Notebook): string[] {
  const digests = (model: ModelRecord) => [model?.digest, ...(model?.adapters ?? []).map((adapter) => adapter?.digest)].join();
  const here = new Set((modelsOf(rerun) as ModelRecord[]).map(digests));
  const others = (models as ModelRecord[]).filter((model) => !here.has(digests(model)));
  return others.map((model) => [model?.model, ...(model?.adapters ?? []).map((adapter) => adapter?.name)].join(" + "));
}

function versionDifferences({ ranOn }: Origin): VersionDifference[] {
  const here = thisMachine();
  return (Object.keys(here) as (keyof Machine)[])
    .filter((what) => ranOn?.[what] !== here[what])
    .map((what) => ({ what, bundle: ranOn?.[what], here: here[what] }));
}
