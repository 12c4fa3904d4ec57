/** @file Worker side: a session and what must be known to feed it. */
import type * as ort from "onnxruntime-node";
import type { DecoderFacts } from "./protocol.js";
import type { Feeds } from "./tensors.js";

export interface LoadedSession {
  readonly session: ort.InferenceSession;
  readonly facts: DecoderFacts;
  readonly inputs: ReadonlySet<string>;
  /** rotary tables, made for the longest text so far */
  rope: { readonly positions: number; readonly feeds: Feeds };
}
