/** @file A table of a bundle against the one that a rerun gave, value by value. */
import { jsonDifferences, sameNumber } from "./compare-values.js";
import type { Column, TableData } from "./table-data.js";

/** Differences that are shown one by one. */
const SHOWN = 5;

export interface CellDifference {
  /** from 1, as a reader counts */
  readonly row: number;
  readonly column: string;
  readonly got: unknown;
  readonly expected: unknown;
}

export interface TableComparison {
  readonly equal: boolean;
  /** what is amiss with the table as a whole: its rows, its columns */
  readonly shape: readonly string[];
  /** values that differ */
  readonly differing: number;
  /** the first of them, row by row */
  readonly differences: readonly CellDifference[];
}

/**
 * Texts, whole numbers, booleans and dates must be equal; numbers agree within `tolerance` relative to the larger one. Columns are found by
 * name; rows are compared in order.
 */
export function compareTables(expected: TableData, got: TableData, tolerance: number): TableComparison {
  const shape: string[] = [];
  if (expected.totalRows !== got.totalRows) shape.push(`${got.totalRows} rows instead of ${expected.totalRows}`);
  else if (expected.rows !== got.rows) shape.push(`${got.rows} rows kept by the notebook instead of ${expected.rows}`);
  const theirs = new Map(got.columns.map((column) => [column.name, column]));
  const pairs: [Column, Column][] = [];
  for (const column of expected.columns) {
    const other = theirs.get(column.name);
    theirs.delete(column.name);
    if (other === undefined) shape.push(`no column ${JSON.stringify(column.name)}`);
    else pairs.push([column, other]);
  }
  for (const name of theirs.keys()) shape.push(`a column ${JSON.stringify(name)} that the bundle does not have`);
  const differences: CellDifference[] = [];
  let differing = 0;
  for (let row = 0; row < Math.min(expected.rows, got.rows); row++)
    for (const [a, b] of pairs) {
      if (sameCell(a, b, row, tolerance)) continue;
      differing++;
      if (differences.length < SHOWN) differences.push({ row: row + 1, column: a.name, got: b.values[row], expected: a.values[row] });
    }
  return { equal: shape.length === 0 && differing === 0, shape, differing, differences };
}

function sameCell(a: Column, b: Column, row: number, tolerance: number): boolean {
  const [expected, got] = [a.values[row], b.values[row]];
  if (typeof expected === "number" && typeof got === "number") {
    // a column of numbers that happen to be whole looks like one of integers
    const exact = a.type === "integer" && b.type === "integer";
    return sameNumber(expected, got, exact ? 0 : tolerance);
  }
  if (expected instanceof Date && got instanceof Date) return expected.getTime() === got.getTime();
  if (a.type !== "any" && b.type !== "any") return expected === got;
  return jsonDifferences(expected, got, tolerance).next().done === true;
}
