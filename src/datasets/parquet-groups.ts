/** @file Row groups of a Parquet file through hyparquet. Runs in parquet-worker.ts: hostile bytes can make the decoder loop for ever. */
import fs from "node:fs";
import zlib from "node:zlib";
import type { Compressors, RowGroup, SchemaTree } from "hyparquet";
import { FileFormatError, NeuronbookError } from "../errors.js";

/** Most bytes of one row group, unpacked, and of one page: a group is held in memory while its rows are handed out. */
const MOST_GROUP_BYTES = 2 ** 30;
const MOST_PAGE_BYTES = 2 ** 28;
const MOST_GROUP_ROWS = 2 ** 24;

/** There since Node 22.15. */
const zstd = (zlib as { zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array }).zstdDecompressSync;

export interface RowGroupAhead {
  /** unpacked */
  readonly bytes: number;
  readonly decode: () => Promise<object[]>;
}

/** @throws FileFormatError, from `decode` too */
export async function* rowGroups(file: string): AsyncGenerator<RowGroupAhead> {
  const hyparquet = await import("hyparquet");
  const fd = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(fd);
    const source = { byteLength: size, slice: (start: number, end = size) => slice(fd, file, start, Math.min(end, size)) };
    const compressors = compressorsWith(hyparquet.snappyUncompress);
    const metadata = await decoding(file, () => hyparquet.parquetMetadataAsync(source, { geoparquet: false }));
    const leaves = await decoding(file, async () => leavesOf(hyparquet.parquetSchema(metadata)));
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const bytes = checkedBytes(file, size, group, leaves);
      const rowEnd = rowStart + Number(group.num_rows);
      const options = { file: source, metadata, rowStart, rowEnd, compressors, geoparquet: false };
      const decode = async () => (await decoding(file, () => hyparquet.parquetReadObjects(options))).map((row) => plain(row) as object);
      yield { bytes, decode };
      rowStart = rowEnd;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function slice(fd: number, file: string, start: number, end: number): ArrayBuffer {
  const length = end - start;
  if (!(start >= 0 && length >= 0 && length <= MOST_GROUP_BYTES)) throw new FileFormatError(file, "names bytes outside of itself");
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const read = fs.readSync(fd, bytes, done, length - done, start + done);
    if (read === 0) throw new FileFormatError(file, "ends before the bytes that it names");
    done += read;
  }
  return bytes.buffer;
}

/** Paths of the columns that the schema has. */
function leavesOf(tree: SchemaTree): Set<string> {
  const leaves = tree.children.length === 0 ? [JSON.stringify(tree.path)] : tree.children.flatMap((child) => [...leavesOf(child)]);
  return new Set(leaves);
}

/** The group's size unpacked. @throws FileFormatError unless it is one that is read, and its columns are the schema's and in the file */
function checkedBytes(file: string, size: number, { num_rows, columns }: RowGroup, leaves: ReadonlySet<string>): number {
  const fail = (reason: string) => new FileFormatError(file, `a row group ${reason}`);
  if (!(num_rows >= 0n && num_rows <= MOST_GROUP_ROWS)) throw fail(`of ${num_rows} rows; at most ${MOST_GROUP_ROWS} are read`);
  let bytes = 0;
  const seen = new Set<string>();
  for (const { meta_data: column } of columns) {
    if (column === undefined) throw fail("whose columns are in another file");
    const path = JSON.stringify(column.path_in_schema);
    if (!leaves.has(path) || seen.has(path)) throw fail("with a column that the schema does not have, or twice");
    seen.add(path);
    const start = Number(column.dictionary_page_offset || column.data_page_offset);
    const packed = Number(column.total_compressed_size);
    if (!(start >= 0 && packed >= 0 && start + packed <= size)) throw fail("with a column outside of the file");
    bytes += Number(column.total_uncompressed_size);
  }
  if (!(bytes >= 0 && bytes <= MOST_GROUP_BYTES)) throw fail(`of ${bytes} bytes; at most ${MOST_GROUP_BYTES} are read`);
  return bytes;
}

function compressorsWith(snappy: (input: Uint8Array, output: Uint8Array) => void): Compressors {
  const capped = (unpack: (input: Uint8Array, length: number) => Uint8Array) => (input: Uint8Array, length: number) => {
    if (!(length >= 0 && length <= MOST_PAGE_BYTES)) throw new Error("parquet page is too large");
    return unpack(input, length);
  };
  return {
    SNAPPY: capped((input, length) => {
      const output = new Uint8Array(length);
      snappy(input, output);
      return output;
    }),
    GZIP: capped((input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
    ZSTD: capped((input, length) => {
      if (zstd === undefined) throw new Error("parquet packed with zstd, which needs Node 22.15 or later");
      return zstd(input, { maxOutputLength: Math.max(1, length) });
    }),
    BROTLI: capped((input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
  };
}

/** Hostile bytes make the decoder fail in many ways; only its own messages are sure not to quote the text. */
async function decoding<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NeuronbookError) throw error;
    const { message } = error as Error;
    throw new FileFormatError(file, message.startsWith("parquet ") ? message : "is not Parquet, or is damaged");
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return BigInt.asIntN(54, value) === value ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
