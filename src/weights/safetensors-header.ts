/**
 * @file The header of a safetensors file, checked as if an enemy had written it. Layout (huggingface.co/docs/safetensors): u64 little
 * endian header length, that many bytes of JSON `{name: {dtype, shape, data_offsets}}`, then the data, offsets relative to its start.
 */

import fs from "node:fs";
import { FileFormatError, NotFoundError } from "../errors.js";
import { isSafetensorsDtype, itemBytes, type SafetensorsDtype } from "./dtypes.js";
import { isJsonObject, type JsonObject, parseJsonObject, printable } from "./json.js";

/** One tensor of a file: where its bytes lie. Nothing is read yet. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Absolute path, links resolved: what may be memory-mapped. */
  readonly file: string;
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The file's `__metadata__`; empty when it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Largest header read, in bytes; the reference reader has the same limit. */
export const maxHeaderBytes = 100_000_000;
export const maxTensors = 200_000;
export const maxDims = 16;
export const maxNameLength = 1024;

/** Names that JavaScript objects give a meaning of their own. */
const reserved = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Names, dtypes, shapes and places of the tensors in a safetensors file, in the file's order of data. Reads the header only.
 *
 * @throws FileFormatError when anything in it does not hold together. The data must be covered without holes or overlaps.
 * @throws NotFoundError when there is no such file.
 */
export function readSafetensorsHeader(file: string): SafetensorsHeader {
  const { bytes, size, real } = headerBytes(file);
  return parseHeader(bytes, size, real, file);
}

/** The JSON part as it stands in the file, and the file's size in bytes. */
export function headerBytes(file: string): { readonly bytes: Uint8Array; readonly size: number; readonly real: string } {
  const { fd, real } = openFile(file);
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw new FileFormatError(file, "not a regular file");
    const head = new Uint8Array(Math.min(stat.size, 64));
    readExactly(fd, head, 0, file);
    if (head[8] !== 0x7b) throw new FileFormatError(file, whatItIs(head));
    const length = new DataView(head.buffer).getBigUint64(0, true);
    if (length > BigInt(maxHeaderBytes)) throw new FileFormatError(file, `header of ${length} bytes; at most ${maxHeaderBytes} are read`);
    if (8 + Number(length) > stat.size) throw new FileFormatError(file, `header of ${length} bytes in a file of ${stat.size}: cut short?`);
    const bytes = new Uint8Array(Number(length));
    readExactly(fd, bytes, 8, file);
    return { bytes, size: stat.size, real };
  } finally {
    fs.closeSync(fd);
  }
}

/** Fills `target` from `position` on. One read call never returns 2 GiB, so it may take several. */
export function readExactly(fd: number, target: Uint8Array, position: number, file: string): void {
  for (let done = 0; done < target.byteLength; ) {
    const got = fs.readSync(fd, target, done, Math.min(target.byteLength - done, 2 ** 30), position + done);
    if (got === 0) throw new FileFormatError(file, `ends at byte ${position + done}; ${target.byteLength - done} more expected`);
    done += got;
  }
}

/** Opens an existing file for reading, with typed errors. */
export function openFile(file: string): { fd: number; real: string } {
  try {
    const real = fs.realpathSync(file);
    // A named pipe would block until somebody writes to it.
    return { fd: fs.openSync(real, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)), real };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw new NotFoundError(file, `no file ${file}`, { cause });
    throw new FileFormatError(file, `cannot be opened (${code})`, { cause });
  }
}

function parseHeader(bytes: Uint8Array, size: number, real: string, file: string): SafetensorsHeader {
  const header = parseJsonObject(bytes, file, "header");
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  if (names.length > maxTensors) throw new FileFormatError(file, `${names.length} tensors; at most ${maxTensors} are read`);
  const start = 8 + bytes.byteLength;
  const infos = names.map((name) => tensorInfo(name, header[name], start, size, real, file));
  infos.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = start;
  for (const { name, offset, bytes } of infos) {
    if (offset !== end) {
      const reason = offset < end ? `overlaps the tensor before it by ${end - offset} bytes` : `${offset - end} unused bytes before it`;
      throw new FileFormatError(file, reason, { tensor: name });
    }
    end += bytes;
  }
  if (end !== size) throw new FileFormatError(file, `${size - end} bytes after the last tensor`);
  return { tensors: new Map(infos.map((info) => [info.name, info])), metadata: metadataOf(header, file) };
}

function tensorInfo(name: string, entry: unknown, start: number, size: number, real: string, file: string): TensorInfo {
  const tensor = printable(name);
  const refuse = (reason: string): never => {
    throw new FileFormatError(file, reason, { tensor });
  };
  if (reserved.has(name) || name.length === 0 || name.length > maxNameLength || /\p{Cc}/u.test(name)) {
    refuse("name not allowed");
  }
  if (!isJsonObject(entry)) return refuse("its entry is not an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isSafetensorsDtype(dtype)) return refuse(`unknown dtype ${printable(JSON.stringify(dtype) ?? "(none)")}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse("shape is not a list of whole numbers >= 0");
  if (shape.length > maxDims) refuse(`${shape.length} dimensions; at most ${maxDims} are read`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return refuse("data_offsets is not [begin, end]");
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > size - start) refuse(`data_offsets [${begin}, ${end}] leave the data of ${size - start} bytes`);
  const elements = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(elements)) refuse(`shape [${shape.join(", ")}] has too many elements`);
  const expected = elements * itemBytes(dtype);
  if (expected !== end - begin) refuse(`${dtype} of shape [${shape.join(", ")}] needs ${expected} bytes; data_offsets give ${end - begin}`);
  return { name, dtype, shape, file: real, offset: start + begin, bytes: end - begin };
}

function metadataOf(header: JsonObject, file: string): Readonly<Record<string, string>> {
  const metadata = Object.hasOwn(header, "__metadata__") ? header.__metadata__ : {};
  if (!isJsonObject(metadata)) throw new FileFormatError(file, "__metadata__ is not an object");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string" || reserved.has(key)) throw new FileFormatError(file, `__metadata__ ${printable(key)} is not a text`);
  }
  return metadata as Readonly<Record<string, string>>;
}

function isCount(n: unknown): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 0;
}

/** What a file that is no safetensors file probably is, and what to do with it. */
function whatItIs(head: Uint8Array): string {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("version https://git-lfs")) {
    return "a git-lfs pointer, not the weights: run `git lfs pull` where it was cloned, or download the file again";
  }
  if (text.startsWith("PK\u0003\u0004") || (head[0] === 0x80 && head[1]! <= 5)) {
    return `a pickle, as torch.save writes it. Pickle is never loaded; save it as safetensors: ${howToConvert}`;
  }
  if (text.startsWith("GGUF")) return "a GGUF file; give the safetensors checkpoint";
  if (/^\s*(<!doctype|<html)/i.test(text)) return "an HTML page: the download went wrong";
  if (head.length < 10) return `no safetensors file: only ${head.length} bytes`;
  return "no safetensors file: no JSON header at byte 8";
}

/** One line of Python that turns pickled weights into safetensors. */
export const howToConvert = "in Python, `model.save_pretrained(FOLDER, safe_serialization=True)`";
