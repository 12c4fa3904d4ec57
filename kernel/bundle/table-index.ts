/** @file `tables/index.json` of a bundle: which Parquet file is which table of the notebook. */
import { FileFormatError } from "../../src/errors.js";
import type { Cell } from "../notebook/format.js";
import type { ColumnType } from "../session/data-resource.js";
import { isColumnType, type TableData } from "./table-data.js";

export interface TableEntry {
  /** in the bundle */
  readonly file: string;
  readonly name: string;
  /** from 1, of all cells of the notebook */
  readonly cell: number;
  /** from 1, of the cell's tables */
  readonly table: number;
  readonly rows: number;
  /** more than `rows` where the notebook kept the first ones alone */
  readonly totalRows: number;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

export interface ShownTable {
  readonly cell: number;
  readonly table: number;
  readonly data: TableData;
}

/** Numbered in the notebook's order, and named by the cell where its id is a word of the author's. */
export function tableEntry({ cell, table, data }: ShownTable, number: number, { id }: Cell): TableEntry {
  const word = typeof id === "string" && /^[a-z][a-z0-9_-]{0,39}$/i.test(id) && !/^[0-9a-f]{8}(-|$)/.test(id) ? id : `cell-${cell}`;
  const name = `${String(number).padStart(2, "0")}-${word}`;
  const columns = data.columns.map(({ name, type }) => ({ name, type }));
  return { file: `tables/${name}.parquet`, name, cell, table, rows: data.rows, totalRows: data.totalRows, columns };
}

/** @param file the bundle's, for errors. @throws FileFormatError */
export function readTableIndex(bytes: Uint8Array | undefined, file: string): TableEntry[] {
  const fail = (reason: string, cause?: unknown) => new FileFormatError(file, `tables/index.json ${reason}`, { cause });
  if (bytes === undefined) throw fail("is missing");
  let entries: unknown;
  try {
    entries = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw fail("is no JSON", cause);
  }
  if (!Array.isArray(entries) || !entries.every(isEntry)) throw fail("is no list of tables with file, name, cell, table, rows and columns");
  return entries;
}

function isEntry(entry: Partial<TableEntry> | null): entry is TableEntry {
  if (typeof entry?.name !== "string" || entry.file !== `tables/${entry.name}.parquet` || !Array.isArray(entry.columns)) return false;
  const whole = [entry.cell, entry.table, entry.rows, entry.totalRows].every((value) => Number.isSafeInteger(value) && value! >= 0);
  return whole && entry.columns.every((column) => typeof column?.name === "string" && isColumnType(column.type));
}
