/** @file One file's bytes from a server to the disk: progress, trying again, going on where a connection broke, and a checksum. */

import { createHash } from "node:crypto";
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
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

/** Where a file's bytes come from. */
export interface Source {
  readonly file: string;
  readonly total: number;
  /** The whole file as a blob that fetches the part which is read. */
  readonly open: () => Promise<Blob>;
  /** What to throw when the server could not give it after all. */
  readonly explain: (cause: unknown) => unknown;
}

/** Appends what is missing of a file to `incomplete`, asking again from where a broken connection left it. */
export async function transfer(source: Source, incomplete: string, { onProgress, signal }: Watch): Promise<void> {
  const { file, total } = source;
  const sink = await fs.promises.open(incomplete, "a");
  try {
    let loaded = (await sink.stat()).size;
    let reported = -1;
    for await (const chunk of received(source, loaded, signal)) {
      await sink.writeFile(chunk);
      loaded += chunk.byteLength;
      signal?.throwIfAborted();
      if (loaded - reported < total / 200 && loaded < total) continue;
      reported = loaded;
      onProgress?.({ file, loaded, total });
    }
    await sink.sync();
  } finally {
    await sink.close();
  }
}

/** The bytes from `start` on. It goes on over broken connections; a server that sends more than the file has is cut off. */
async function* received({ open, total, explain }: Source, start: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let loaded = start;
  for (let failures = 0; loaded < total; ) {
    const before = loaded;
    try {
      for await (const chunk of (await open()).slice(loaded, total).stream() as unknown as AsyncIterable<Uint8Array>) {
        loaded += chunk.byteLength;
        yield chunk;
        if (loaded > total) return;
      }
      if (loaded < total) throw new Error(`the connection ended at byte ${loaded} of ${total}`);
    } catch (error) {
      failures = loaded > before ? 1 : failures + 1;
      signal?.throwIfAborted();
      if (failures === maxAttempts || !isPassing(error)) throw explain(error);
      await delay(100 * 4 ** (failures - 1), undefined, { signal });
    }
  }
}

/** Whether trying again may help: not after a clear answer of the server. */
function isPassing(error: unknown): boolean {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return !(error instanceof NotFoundError) && (typeof status !== "number" || status >= 500 || status === 429);
}

/** sha256 of a file, or, for files that git holds itself, its git object id: sha1 over a header with the size, then the content. */
export async function checksum(file: string, size: number, lfs: boolean, signal?: AbortSignal): Promise<string> {
  const hash = lfs ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  for await (const chunk of fs.createReadStream(file, { signal })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
