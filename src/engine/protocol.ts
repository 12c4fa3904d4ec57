/** @file What the caller's thread and the engine's worker say to each other. Plain data only. */
import type { AttentionForm } from "../models/attention.js";
import type { Positions } from "./positions.js";

export type Provider = "cpu" | "cuda" | "webgpu";

/** In the order in which `"auto"` prefers them. */
export const PROVIDERS: readonly Provider[] = ["cuda", "webgpu", "cpu"];

export interface ProviderStatus {
  readonly provider: Provider;
  readonly works: boolean;
  /** why not; undefined where it works */
  readonly reason?: string;
}

export type Elements = Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor on its way to or from the worker; bool is kept in a Uint8Array. */
export interface WireTensor {
  readonly dtype: "float32" | "int64" | "int32" | "bool";
  readonly dims: readonly number[];
  readonly data: Elements;
}

/** What the worker must know of a decoder to feed its graph. */
export interface DecoderFacts {
  readonly attention: AttentionForm;
  readonly layers: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** rotary inverse frequencies `(headSize / 2,)` */
  readonly frequencies: Float32Array;
  /** inputs that the graph has, by name */
  readonly inputs: readonly string[];
}

export interface SessionOptions {
  readonly providers: readonly string[];
  readonly threads: number;
  /** keep weights where they are instead of copying them into the kernels' own layout */
  readonly inPlace: boolean;
}

export interface LoadRequest {
  readonly type: "load";
  readonly session: number;
  readonly bytes: Uint8Array;
  readonly folder: string | undefined;
  readonly facts: DecoderFacts;
  readonly options: SessionOptions;
}

/** One row of the batch: a text under one set of adapters. */
export interface Lane {
  readonly tokens: Int32Array;
  /** how many of `tokens` are the prompt; all of them when generating */
  readonly promptLength: number;
  /** lane whose tokens this lane takes over while generating (a donor in lock step); itself when it writes its own */
  readonly follows: number;
}

/** What a slot does to one lane; null = nothing. */
export interface Touch {
  readonly positions: Positions;
  /** `lane` slots: the lane that values come from */
  readonly source?: number;
  /** `lane` slots with another prompt: recipient index, source index; replaces `positions`, in the first pass only */
  readonly pairs?: readonly (readonly [number, number])[];
}

/** Runtime side of a slot of the plan: one entry a lane. */
export interface SlotUse {
  readonly type: "lane" | "affine" | "given" | "custom";
  readonly touches: readonly (Touch | null)[];
  /** `given` slots with saved values: `(lanes, time, units)` of the first pass, by layer */
  readonly given?: readonly { layer: number; units: number; data: Float32Array }[];
}

/** A second session that runs in lock step; its captured sites feed inputs of the first. */
export interface LockStep {
  readonly batch: Batch;
  /** recipient lane -> donor lane, -1 for none */
  readonly donorOf: readonly number[];
  /** site of the donor, input of the recipient's graph, and values a position */
  readonly feeds: readonly { readonly site: string; readonly input: string; readonly units: number }[];
}

export interface CaptureUse {
  readonly sites: readonly string[];
  readonly positions: Positions;
  /** lanes to capture, in the order of the result's rows */
  readonly lanes: readonly number[];
}

/** A batch of lanes for one session. */
export interface Batch {
  readonly session: number;
  readonly lanes: readonly Lane[];
  /** inputs with one row a lane (adapter scales, masks, vectors) */
  readonly laneFeeds: Readonly<Record<string, WireTensor>>;
  /** inputs that all lanes read (LoRA matrices) */
  readonly sharedFeeds: Readonly<Record<string, WireTensor>>;
  readonly slots: readonly SlotUse[];
}

/** One pass over finished texts. */
export interface ScoreRequest {
  readonly type: "score";
  readonly batch: Batch;
  readonly lockStep?: LockStep;
  readonly capture?: CaptureUse;
  /** rows (lane, position) that get logits, and the targets whose log-probabilities are wanted */
  readonly rows?: { readonly lanes: Int32Array; readonly positions: Int32Array; readonly targets: Int32Array };
  /** statistics over these positions; `pair` batches list first models' lanes, then second models' */
  readonly statistics?: { readonly positions: Positions; readonly models: number };
  /** names of plain outputs to send back */
  readonly fetch: readonly string[];
}

export interface ScoreReply {
  readonly outputs: Readonly<Record<string, WireTensor>>;
  /** lane and position of each captured row */
  readonly captured?: { readonly lanes: Int32Array; readonly positions: Int32Array };
  /** positions counted by statistics */
  readonly count: number;
}

export interface Sampling {
  /** 0 = greedy */
  readonly temperature: number;
  /** 0 = all */
  readonly topK: number;
  readonly topP: number;
}

export interface GenerateRequest {
  readonly type: "generate";
  readonly batch: Batch;
  readonly lockStep?: LockStep;
  readonly capture?: CaptureUse;
  readonly newTokens: number;
  readonly stopTokens: readonly number[];
  readonly sampling: Sampling;
  /** one seed a lane */
  readonly seeds: readonly number[];
  /** shared flags, one a lane, set by the caller to end a lane (a stop string was seen) */
  readonly ended: Int32Array;
}

export interface GenerateReply {
  /** tokens of each lane that writes, without the stop token; empty for donors */
  readonly tokens: readonly Int32Array[];
  /** did a stop token end the lane? */
  readonly stopped: readonly boolean[];
  readonly captured?: {
    readonly lanes: Int32Array;
    readonly positions: Int32Array;
    readonly sites: Readonly<Record<string, Float32Array>>;
  };
}

/** One forward and backward pass. The graph's outputs are scalars and gradients; parameters are among its inputs. */
export interface TrainRequest {
  readonly type: "train";
  readonly session: number;
  /** one lane each, padded on the right to the longest */
  readonly texts: readonly Int32Array[];
  readonly feeds: Readonly<Record<string, WireTensor>>;
  readonly fetch: readonly string[];
}

export interface TrainReply {
  readonly outputs: Readonly<Record<string, Float32Array>>;
}

export type Request =
  | LoadRequest
  | { readonly type: "probe"; readonly provider: Provider }
  | { readonly type: "release"; readonly session: number }
  | ScoreRequest
  | GenerateRequest
  | TrainRequest;

/** Caller to worker. `cancel` is shared: not 0 = stop before the next step. */
export interface Envelope {
  readonly id: number;
  readonly cancel: Int32Array;
  readonly request: Request;
}

/** Worker to caller. */
export type Answer =
  | { readonly id: number; readonly type: "done"; readonly value: unknown }
  | { readonly id: number; readonly type: "failed"; readonly name: string; readonly message: string; readonly stack?: string }
  | { readonly id: number; readonly type: "tokens"; readonly tokens: Int32Array };
