/** @file One file's bytes from a server to the disk: progress, trying again, going on where a connection broke, and a checksum. */

import { createHash } from "node:crypto";
import fs from "node:fs";
import { NotFoundError } from "../errors.js";

/** How far the download of one file is, in bytes. */
export interface DownloadProgress {
  readonly file: string;
  readonly loaded: number;
  readonly total: number;
}

/** Who watches a transfer, and may stop it. */
export interface Watch {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts in a row that bring nothing before a transfer is given up; one that brings bytes starts the count anew. */
const maxAttempts = 4;

/** Appends what is missing of a file to `incomplete`, asking again from where a broken connection left it. */
export async function transfer(open: () => Promise<Blob>, incomplete: string, file: string, total: number, watch: Watch): Promise<void> {
  const sink = await fs.promises.open(incomplete, "a");
  try {
    let loaded = (await sink.stat()).size;
    let reported = -1;
    const report = () => {
      if (loaded - reported < total / 200 && loaded < total) return;
      reported = loaded;
      watch.onProgress?.({ file, loaded, total });
    };
    for (let failures = 0; loaded < total; ) {
      const before = loaded;
      try {
        for await (const chunk of (await open()).slice(loaded, total).stream() as unknown as AsyncIterable<Uint8Array>) {
          await sink.writeFile(chunk);
          loaded += chunk.byteLength;
          watch.signal?.throwIfAborted();
          if (loaded > total) return;
          report();
        }
        if (loaded < total) throw new Error(`the connection ended at byte ${loaded} of ${total}`);
      } catch (error) {
        failures = loaded > before ? 1 : failures + 1;
        if (watch.signal?.aborted || failures === maxAttempts || !isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 4 ** (failures - 1)));
      }
    }
  } finally {
    await sink.close();
  }
}

/** Whether trying again may help: not after a clear answer of the server, nor when the disk is full. */
function isPassing(error: unknown): boolean {
  const { statusCode: status, syscall } = error as { statusCode?: unknown; syscall?: unknown };
  return !(error instanceof NotFoundError) && syscall === undefined && (typeof status !== "number" || status >= 500 || status === 429);
}

/** sha256 of a file, or, for files that git holds itself, its git object id: sha1 over a header with the size, then the content. */
export async function checksum(file: string, size: number, lfs: boolean): Promise<string> {
  const hash = lfs ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  for await (const chunk of fs.createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
