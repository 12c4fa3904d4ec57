/** @file Writing a file so that a reader sees the old one or the whole new one, never a part. */

import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** Writes `chunks` to a new file beside `file`, waits until they are on disk, and renames it into place. Folders are made. */
export function replaceFile(file: string, chunks: Iterable<Uint8Array | string>): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const beside = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    const fd = fs.openSync(beside, "wx");
    try {
      for (const chunk of chunks) writeAll(fd, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}

/** One write call may take less than it was given, and never takes 2 GiB. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += fs.writeSync(fd, bytes, done, Math.min(bytes.byteLength - done, 2 ** 30));
  }
}
