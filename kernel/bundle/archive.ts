/** @file The zip file of a bundle: the same bytes for the same entries, and read as something that anybody may have made. */
import fs from "node:fs";
import { unzipSync, zipSync } from "fflate";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { replaceFile } from "../../src/weights/replace-file.js";

/** Most bytes of all entries together, unpacked. */
const MOST_BYTES = 2 ** 30;
const MOST_ENTRIES = 10_000;

/** Names to bytes. */
export type Entries = ReadonlyMap<string, Uint8Array>;

/** Zip keeps the local time of day, from 1980 on. */
const ALWAYS = new Date(1980, 0, 1);

/** Writes beside, then renames. @returns the file's bytes. @throws FileFormatError for more than 1 GiB */
export function writeArchive(file: string, entries: Entries): number {
  const total = [...entries.values()].reduce((sum, { length }) => sum + length, 0);
  if (total > MOST_BYTES) throw new FileFormatError(file, `would hold ${total} bytes; a bundle has at most ${MOST_BYTES}`);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = zipSync(Object.fromEntries(sorted), { level: 6, mtime: ALWAYS });
  replaceFile(file, [bytes]);
  return bytes.length;
}

/**
 * @throws NotFoundError
 * @throws FileFormatError for what is no zip, is damaged, unpacks to more than 1 GiB, or names a file outside of itself or twice
 */
export function readArchive(file: string): Entries {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new NotFoundError("bundle", `${file} does not exist; \`neuronbook bundle NOTEBOOK\` makes one`);
  if (!stat.isFile()) throw new FileFormatError(file, "is a folder; a bundle is a zip file");
  if (stat.size > MOST_BYTES) throw new FileFormatError(file, `has ${stat.size} bytes; a bundle has at most ${MOST_BYTES}`);
  const packed = fs.readFileSync(file);
  // every zip file that is not empty begins so
  if (packed.length < 4 || packed.readUInt32LE(0) !== 0x04034b50)
    throw new FileFormatError(file, "is no zip file; a bundle is what `neuronbook bundle` wrote");
  const seen = new Set<string>();
  let total = 0;
  const check = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (!isInside(name))
      throw new FileFormatError(file, `names ${JSON.stringify(name.slice(0, 200))}, which is no file inside of a folder`);
    if (seen.has(name)) throw new FileFormatError(file, `has ${name} twice`);
    seen.add(name);
    total += originalSize;
    if (seen.size > MOST_ENTRIES) throw new FileFormatError(file, `has more than ${MOST_ENTRIES} files`);
    if (total > MOST_BYTES) throw new FileFormatError(file, `unpacks to more than ${MOST_BYTES} bytes`);
    return true;
  };
  let unpacked: Record<string, Uint8Array>;
  try {
    unpacked = unzipSync(packed, { filter: check });
  } catch (cause) {
    if (cause instanceof FileFormatError) throw cause;
    throw new FileFormatError(file, `is damaged: ${(cause as Error).message}`, { cause });
  }
  return new Map(Object.entries(unpacked));
}

/** A relative path, with `/`, that leads to nowhere else on any system. */
export function isInside(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: file names must have none
  if (name === "" || name.length > 1000 || /[\\:\u0000-\u001f]/.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
