/** @file CSV (RFC 4180, UTF-8) through csv-parse, row by row. */
import { Readable } from "node:stream";
import { FileFormatError } from "../errors.js";
import { bytesOf, MOST_RECORD_BYTES, type ReadingOptions } from "./bytes.js";

export interface CsvRow {
  readonly fields: Readonly<Record<string, string>>;
  /** "record 3", from 1, the header not counted */
  readonly at: string;
}

/**
 * @param columns names of the columns of a file without a header
 * @throws FileFormatError with the record's number, never with its text
 */
export async function* csvRows(file: string, columns?: readonly string[], options: ReadingOptions = {}): AsyncGenerator<CsvRow> {
  const { CsvError, parse } = await import("csv-parse");
  const source = Readable.from(bytesOf(file, options));
  const parser = source.pipe(parse({ bom: true, skip_empty_lines: true, max_record_size: MOST_RECORD_BYTES }));
  source.on("error", (error) => parser.destroy(error));
  let names = columns;
  let record = 0;
  try {
    for await (const values of parser as AsyncIterable<string[]>) {
      if (names === undefined) {
        names = values.map((name) => name.trim());
        if (new Set(names).size < names.length) throw new FileFormatError(file, "a column's name occurs twice in the header");
        continue;
      }
      record++;
      if (values.length !== names.length)
        throw new FileFormatError(file, `record ${record}: expected ${names.length} columns; got ${values.length}`);
      const named = names;
      yield { fields: Object.fromEntries(values.map((value, i) => [named[i], value])), at: `record ${record}` };
    }
  } catch (error) {
    // csv-parse's own messages quote the text
    if (error instanceof CsvError) throw new FileFormatError(file, `record ${record + 1}: not CSV as RFC 4180 has it (${error.code})`);
    throw error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}
