/** @file The verdicts that `neuronbook reproduce` recorded, as a table. */
import fs from "node:fs";
import path from "node:path";
import { type ColumnTable, table } from "arquero";
import { NotFoundError } from "../../errors.js";
import { FINDINGS } from "./plan.js";
import { type FindingRecord, largestRecords } from "./record.js";

/** Folders of results with records in them, by name of their laboratory; the organism first. */
export function labsIn(results: string): Record<string, string> {
  if (!fs.existsSync(results)) throw new NotFoundError(results, `${results} does not exist; \`neuronbook reproduce\` makes it`);
  const names = fs
    .readdirSync(results, { withFileTypes: true })
    .filter((one) => one.isDirectory() && fs.existsSync(path.join(results, one.name, "findings")))
    .map(({ name }) => name)
    .sort((a, b) => Number(b === "organism") - Number(a === "organism") || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, path.join(results, name)]));
}

/**
 * A row a finding: `finding`, `title`, and the verdict on each laboratory of the folder; `null` where there is none.
 *
 * @param results that `neuronbook reproduce` wrote, default `"data/results"`
 * @throws NotFoundError; FileFormatError for a damaged record
 */
export function recordedFindings(results = path.join("data", "results")): ColumnTable {
  const labs = Object.entries(labsIn(results)).map(([name, folder]) => ({ name, records: largestRecords(folder) }));
  const ids = FINDINGS.filter((id) => labs.some(({ records }) => records.has(id)));
  const first = (id: (typeof ids)[number]): FindingRecord => labs.flatMap(({ records }) => records.get(id) ?? [])[0]!;
  return table({
    finding: ids,
    title: ids.map((id) => first(id).report.title),
    ...Object.fromEntries(labs.map(({ name, records }) => [name, ids.map((id) => records.get(id)?.report.verdict ?? null)])),
  });
}
