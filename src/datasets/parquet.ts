/** @file Parquet, one row group at a time, decoded in a worker: a file that makes the decoder fail, fill the memory or loop is refused. */
import fs from "node:fs";
import { Worker } from "node:worker_threads";
import { FileFormatError, NotFoundError } from "../errors.js";
import type { ReadingOptions } from "./bytes.js";
import type { ParquetMessage } from "./parquet-worker.js";

/** Time for the metadata or a row group, and more for each byte of the group: 1 GiB may take minutes. */
const PATIENCE_MS = 10_000;
const PATIENCE_BYTES_PER_MS = 4096;

/**
 * The rows of a Parquet file as objects (columns by name, lists as arrays, structs as objects, 64-bit integers as numbers where they are
 * exact). Codecs: none, Snappy, gzip, brotli, and zstd on Node 22.15 or later. Memory: one row group, at most 1 GiB unpacked.
 *
 * @throws NotFoundError; FileFormatError for a damaged file, a codec that is not read, or a row group that is too large
 */
export async function* readParquet(file: string, { signal }: ReadingOptions = {}): AsyncGenerator<Readonly<Record<string, unknown>>> {
  checkReadable(file);
  const worker = new Worker(new URL("./parquet-worker.js", import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: 4096 },
  });
  const inbox = new Inbox(worker, file, signal);
  try {
    for (;;) {
      worker.postMessage("next");
      const size = await inbox.next(PATIENCE_MS);
      if (!("bytes" in size)) return;
      const group = await inbox.next(PATIENCE_MS + size.bytes / PATIENCE_BYTES_PER_MS);
      if ("rows" in group) yield* group.rows;
    }
  } finally {
    inbox.close();
    await worker.terminate();
  }
}

/** Messages of the worker in their order, or what became of it. */
class Inbox {
  readonly #messages: ParquetMessage[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};
  readonly #abort = () => this.#fail(this.signal!.reason as Error);

  constructor(
    worker: Worker,
    private readonly file: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    worker.on("message", (message: ParquetMessage) => {
      this.#messages.push(message);
      this.#wake();
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      const memory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#fail(new FileFormatError(file, memory ? "a row group takes more than 4 GiB of memory" : "is not Parquet, or is damaged"));
    });
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
  }

  async next(patience: number): Promise<ParquetMessage> {
    if (this.#messages.length === 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        const seconds = Math.round(patience / 1000);
        const late = () =>
          this.#fail(new FileFormatError(this.file, `was not decoded in ${seconds} s: it is damaged, or not what it says`));
        const timer = setTimeout(late, patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    const message = this.#messages.shift()!;
    if ("reason" in message) throw new FileFormatError(this.file, message.reason);
    return message;
  }

  close(): void {
    this.signal?.removeEventListener("abort", this.#abort);
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake();
  }
}

function checkReadable(file: string): void {
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw new NotFoundError(file, `no file ${file}`, { cause });
    throw new FileFormatError(file, `cannot be read: ${(cause as Error).message}`, { cause });
  }
}
