/**
 * @file A table's values for machines, beside its HTML: a Tabular Data Resource (Frictionless Data), as pandas and nteract write it, with
 * every value in full. `neuronbook bundle` reads it back from the notebook.
 */
import util from "node:util";

export const DATA_RESOURCE = "application/vnd.dataresource+json";

/** Longest list of rows kept in a notebook, as JSON, about: a score and the place of every neuron of a model of 135M parameters fit. */
const MOST_BYTES = 4 * 2 ** 20;

/** `any`: columns of more than one type, of lists and of objects; their values are JSON. */
export type ColumnType = "integer" | "number" | "boolean" | "string" | "datetime" | "any";

export interface DataResource {
  readonly profile: "tabular-data-resource";
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] };
  /** `NaN`, `INF` and `-INF` in columns of numbers and integers beyond 2^53 are strings, as Table Schema has it; dates are ISO 8601 */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** rows of the table, also of those that were too many to keep */
  readonly totalRows: number;
}

interface Rows {
  numRows(): number;
  columnNames(): string[];
  get(name: string, row: number): unknown;
  column?(name: string): unknown;
}

/** The table's first rows up to some 4 MB; the types are those of the rows kept. */
export function dataResource(table: Rows): DataResource {
  const names = table.columnNames();
  const rows: unknown[][] = [];
  const total = table.numRows();
  for (let row = 0, bytes = 0; row < total; row++) {
    const values = names.map((name) => table.get(name, row));
    bytes += values.reduce<number>((sum, value, i) => sum + names[i]!.length + 6 + sizeOf(value), 2);
    if (bytes > MOST_BYTES && row > 0) break;
    rows.push(values);
  }
  const types = names.map((name, i) => (isFloats(table.column?.(name)) ? "number" : columnType(rows.map((row) => row[i]))));
  return {
    profile: "tabular-data-resource",
    schema: { fields: names.map((name, i) => ({ name, type: types[i]! })) },
    data: rows.map((row) => Object.fromEntries(names.map((name, i) => [name, encoded(row[i], types[i]!)]))),
    totalRows: total,
  };
}

/** Numbers that may all be whole by chance. */
const isFloats = (column: unknown): boolean => column instanceof Float64Array || column instanceof Float32Array;

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value === "number") return String(value).length;
  return typeof value === "object" && value !== null ? JSON.stringify(json(value)).length : 6;
}

function columnType(values: readonly unknown[]): ColumnType {
  const present = values.filter((value) => value !== null && value !== undefined);
  const all = (is: (value: unknown) => boolean) => present.length > 0 && present.every(is);
  if (all(isInteger)) return "integer";
  if (all((value) => typeof value === "number")) return "number";
  if (all((value) => typeof value === "boolean")) return "boolean";
  if (all((value) => typeof value === "string")) return "string";
  if (all((value) => util.types.isDate(value))) return "datetime";
  return "any";
}

const isInteger = (value: unknown): boolean =>
  typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);

function encoded(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  if (type === "datetime") return isoDate(value as Date);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return finite(value);
  return type === "any" ? json(value) : value;
}

const isoDate = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString());

const finite = (value: number): number | string =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "INF" : "-INF";

/** A value as JSON: typed arrays as lists; what cannot be written, such as a circle, as text. */
function json(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "number") return finite(part);
      if (typeof part === "bigint") return String(part);
      if (ArrayBuffer.isView(part) && !(part instanceof DataView)) return Array.from(part as Float64Array);
      return part;
    });
    return text === undefined ? util.inspect(value) : JSON.parse(text);
  } catch {
    return util.inspect(value);
  }
}
