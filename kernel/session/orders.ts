/** @file What the front and the thread that runs cells say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { Fields } from "../protocol/messages.js";

/** MIME type to data, as Jupyter shows it. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** From the front. */
export type Order =
  | { readonly type: "run"; readonly cell: CellOrder }
  /** stop what runs; answered by `heard` as soon as the event loop is free. `cell`: the one to stop, none = what others left running */
  | { readonly type: "interrupt"; readonly round: number; readonly cell: number | undefined }
  /** answered by `heard` as well */
  | { readonly type: "ping"; readonly round: number }
  | { readonly type: "input"; readonly request: number; readonly value: string | undefined }
  | {
      readonly type: "comm";
      readonly kind: CommKind;
      readonly content: Fields;
      readonly metadata: Fields;
      readonly buffers: readonly Uint8Array[];
    }
  | { readonly type: "shutdown" };

export interface CellOrder {
  readonly id: number;
  readonly code: string;
  readonly file: string;
  readonly names: readonly string[];
  readonly helpers: readonly string[];
  readonly silent: boolean;
  readonly allowStdin: boolean;
}

export type CommKind = "comm_open" | "comm_msg" | "comm_close";

export type OutputType = "display_data" | "update_display_data" | "clear_output" | "comm_open" | "comm_msg" | "comm_close";

export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** To the front. `cell`: whose output it is; 0 = nobody's. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "stream"; readonly cell: number; readonly name: "stdout" | "stderr"; readonly text: string }
  | {
      readonly type: "output";
      readonly cell: number;
      readonly kind: OutputType;
      readonly content: Fields;
      readonly metadata?: Fields;
      readonly buffers?: readonly Uint8Array[];
    }
  | { readonly type: "input"; readonly cell: number; readonly request: number; readonly prompt: string; readonly password: boolean }
  /** an error outside of any cell's own run, such as in a timer */
  | { readonly type: "stray"; readonly cell: number; readonly error: Thrown }
  | {
      readonly type: "done";
      readonly cell: number;
      readonly kept: readonly string[];
      readonly result?: MimeBundle;
      /** the result's */
      readonly metadata?: Fields;
      readonly error?: Thrown;
    }
  | { readonly type: "heard"; readonly round: number }
  | { readonly type: "comms"; readonly open: Readonly<Record<string, { target_name: string }>> }
  | { readonly type: "over" };

/** of an output beside its texts: a message costs the front more than its bytes */
const OUTPUT_WEIGHT = 4096;

/** How much of the front's time a report takes, in characters of text. */
export function weightOf(report: Report): number {
  if (report.type === "stream") return report.text.length;
  if (report.type !== "output") return 0;
  const data = (report.content.data ?? {}) as Fields;
  return Object.values(data).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), OUTPUT_WEIGHT);
}

/** Given to the session when its thread starts. */
export interface SessionPorts {
  readonly front: MessagePort;
  /** to the language thread */
  readonly language: MessagePort;
  /** folder of compiled modules */
  readonly modules: string;
  /** weight of the output that the front has taken */
  readonly taken: Float64Array;
}
