/** @file Bytes and lines of a file that may be packed (gzip, xz) and may be anything, in constant memory. */
import fs from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { FileFormatError, NeuronbookError, NotFoundError } from "../errors.js";

/** Longest line or record that is read, in bytes. */
export const MOST_RECORD_BYTES = 2 ** 24;

export interface ReadingOptions {
  readonly signal?: AbortSignal;
}

/** The file's bytes; a name that ends in `.gz` or `.xz` is unpacked on the way. @throws NotFoundError; FileFormatError */
export async function* bytesOf(file: string, { signal }: ReadingOptions = {}): AsyncGenerator<Buffer> {
  const source = fs.createReadStream(file, { signal });
  const stream = file.endsWith(".xz") ? await unxz(source) : file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  // pipe does not hand errors on
  source.on("error", (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } catch (error) {
    throw explained(error, file);
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/** Lines without their line feed; the last one need not have one. @param longest in bytes */
export async function* linesOf(
  file: string,
  { signal, longest = MOST_RECORD_BYTES }: ReadingOptions & { longest?: number } = {},
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  let line = 1;
  const take = (part: Buffer) => {
    held += part.length;
    if (held > longest) throw new FileFormatError(file, `line ${line} is longer than ${longest / 2 ** 20} MiB`);
    parts.push(part);
  };
  for await (const chunk of bytesOf(file, { signal })) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end));
      yield parts.length === 1 ? parts[0] : Buffer.concat(parts);
      parts = [];
      held = 0;
      line++;
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  if (held > 0) yield Buffer.concat(parts);
}

async function unxz(source: fs.ReadStream): Promise<Readable> {
  const { XzReadableStream } = (await import("xz-decompress")).default;
  const unpacked = new XzReadableStream(Readable.toWeb(source) as ReadableStream<Uint8Array>);
  return Readable.fromWeb(unpacked as WebStream<Uint8Array>);
}

/** Space, tab, carriage return or line feed. */
export const isBlank = (byte: number): boolean => byte === 32 || byte === 9 || byte === 13 || byte === 10;

function explained(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new NotFoundError(file, `no file ${file}`);
  if (code === "EISDIR" || code === "EACCES") return new FileFormatError(file, `cannot be read: ${message}`, { cause: error });
  if (code?.startsWith("Z_")) return new FileFormatError(file, `is not a gzip file or is damaged: ${message}`, { cause: error });
  if (file.endsWith(".xz") && !(error instanceof NeuronbookError) && code !== "ABORT_ERR")
    return new FileFormatError(file, "is not an xz file or is damaged", { cause: error });
  return error;
}
