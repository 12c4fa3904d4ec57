/** @file The rows of a file, by its name: JSON lines, JSON, CSV, Parquet or plain text. */
import { FileFormatError } from "../errors.js";
import { linesOf, type ReadingOptions } from "./bytes.js";
import { csvRows } from "./csv-rows.js";
import { jsonlRows, jsonRows } from "./json-rows.js";
import { readParquet } from "./parquet.js";

export interface FileRow {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly at: string;
}

/** @throws FileFormatError for a name that says nothing of the format */
export function rowsOf(file: string, columns: readonly string[] | undefined, options: ReadingOptions): AsyncIterable<FileRow> {
  const [, ending] = /\.(jsonl|ndjson|json|csv|parquet|txt|tokens|raw)(?:\.[gx]z)?$/.exec(file) ?? [];
  switch (ending) {
    case "jsonl":
    case "ndjson":
      return jsonlRows(file, options);
    case "json":
      return jsonRows(file, options);
    case "csv":
      return csvRows(file, columns, options);
    case "parquet":
      return parquetRows(file, options);
    case undefined:
      throw new FileFormatError(file, "expected a name that ends in .jsonl, .json, .csv, .txt (each also with .gz or .xz) or .parquet");
    default:
      return textRows(file, options);
  }
}

async function* parquetRows(file: string, options: ReadingOptions): AsyncGenerator<FileRow> {
  let row = 0;
  for await (const fields of readParquet(file, options)) yield { fields, at: `row ${++row}` };
}

async function* textRows(file: string, options: ReadingOptions): AsyncGenerator<FileRow> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  for await (const bytes of linesOf(file, options)) {
    line++;
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      throw new FileFormatError(file, `line ${line}: is not UTF-8`);
    }
    yield { fields: { text: text.replace(/\r$/, "") }, at: `line ${line}` };
  }
}
