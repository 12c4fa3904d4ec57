/** @file A table's values as they are compared and stored: from a notebook's output, to Parquet and back. */
import { parquetWriteBuffer } from "hyparquet-writer";
import { readParquet } from "../../src/datasets/parquet.js";
import { FileFormatError } from "../../src/errors.js";
import type { ColumnType } from "../session/data-resource.js";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** null where there is no value; integers beyond 2^53 are bigint; of `any`: JSON values */
  readonly values: readonly unknown[];
}

export interface TableData {
  readonly columns: readonly Column[];
  /** that are here */
  readonly rows: number;
  /** of the table; more than `rows` where it was too large for the notebook */
  readonly totalRows: number;
}

const PARQUET_TYPES = {
  integer: "INT64",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  string: "STRING",
  datetime: "TIMESTAMP",
  any: "JSON",
} as const satisfies Record<ColumnType, string>;

export const isColumnType = (type: unknown): type is ColumnType => typeof type === "string" && Object.hasOwn(PARQUET_TYPES, type);

/** @param file for errors @param resource `application/vnd.dataresource+json` of a notebook, which may be anybody's. @throws FileFormatError */
export function tableOf(resource: unknown, file: string): TableData {
  const fail = (reason: string) => new FileFormatError(file, `a table's data ${reason}; run the notebook again with \`neuronbook run\``);
  const { schema, data, totalRows } = (resource ?? {}) as { schema?: { fields?: unknown }; data?: unknown; totalRows?: unknown };
  if (!Array.isArray(schema?.fields) || !Array.isArray(data)) throw fail("has no schema.fields or no rows");
  const columns = schema.fields.map((field: { name?: unknown; type?: unknown } | null): Column => {
    const { name, type } = field ?? {};
    if (typeof name !== "string" || !isColumnType(type)) throw fail(`has a column ${JSON.stringify(field)} without name or type`);
    const values = data.map((row, i) => {
      const value = decoded((row as Record<string, unknown> | null)?.[name], type);
      if (value === undefined) throw fail(`has in row ${i + 1}, column ${JSON.stringify(name)}, no value of type ${type}`);
      return value;
    });
    return { name, type, values };
  });
  if (new Set(columns.map(({ name }) => name)).size < columns.length) throw fail("has two columns of one name");
  const total = totalRows ?? data.length;
  if (!Number.isSafeInteger(total) || (total as number) < data.length) throw fail(`has totalRows ${JSON.stringify(total)}`);
  return { columns, rows: data.length, totalRows: total as number };
}

const NUMBERS = new Map<unknown, number>([
  ["NaN", Number.NaN],
  ["INF", Number.POSITIVE_INFINITY],
  ["-INF", Number.NEGATIVE_INFINITY],
]);

/** undefined for what is no value of the type */
function decoded(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "number":
      return typeof value === "number" ? value : NUMBERS.get(value);
    case "integer":
      if (Number.isSafeInteger(value)) return value;
      return typeof value === "string" && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      // as it is in UTF-8, where half a character is none
      return typeof value === "string" ? Buffer.from(value).toString() : undefined;
    case "datetime": {
      const date = new Date(value as string);
      return typeof value === "string" && !Number.isNaN(date.getTime()) ? date : undefined;
    }
    case "any":
      return value;
  }
}

/** Codec Snappy; integers as INT64, numbers as DOUBLE, dates as TIMESTAMP_MILLIS, columns of mixed or nested values as JSON. */
export function parquetOf({ columns }: TableData): Uint8Array {
  const columnData = columns.map(({ name, type, values }) => ({
    name,
    type: PARQUET_TYPES[type],
    data: type === "integer" ? values.map((value) => (value === null ? null : BigInt(value as number | bigint))) : [...values],
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: "neuronbook" }));
}

/**
 * @param types of the columns, by name, in order; others in the file are an error
 * @throws NotFoundError; FileFormatError for a damaged file and for one of other columns
 */
export async function readTable(
  file: string,
  types: ReadonlyMap<string, ColumnType>,
  totalRows: number,
  signal?: AbortSignal,
): Promise<TableData> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const row of readParquet(file, { signal })) rows.push(row);
  const [names, expected] = [Object.keys(rows[0] ?? {}), [...types.keys()]];
  if (rows.length > 0 && names.join("\0") !== expected.join("\0"))
    throw new FileFormatError(file, `has the columns ${names.join(", ")}; expected ${expected.join(", ")}`);
  const columns = [...types].map(([name, type]) => ({ name, type, values: rows.map((row) => row[name] ?? null) }));
  return { columns, rows: rows.length, totalRows: Math.max(totalRows, rows.length) };
}
