/** @file The worker of parquet.ts: on each message it says how large the next row group is, and then gives its rows. */
import { parentPort, workerData } from "node:worker_threads";
import { FileFormatError } from "../errors.js";
import { rowGroups } from "./parquet-groups.js";

export type ParquetMessage =
  | { readonly bytes: number }
  | { readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly end: true }
  | { readonly reason: string };

const groups = rowGroups(workerData as string);
const post = (message: ParquetMessage) => parentPort!.postMessage(message);

parentPort!.on("message", async () => {
  try {
    const { done, value } = await groups.next();
    if (done) {
      post({ end: true });
      return;
    }
    post({ bytes: value.bytes });
    post({ rows: (await value.decode()) as Record<string, unknown>[] });
  } catch (error) {
    post({ reason: error instanceof FileFormatError ? error.reason : "is not Parquet, or is damaged" });
  }
});
