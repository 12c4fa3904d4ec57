/** @file What is trained: arrays of numbers, where they enter the decoder, and what becomes of them. */
import type { WireTensor } from "../engine/protocol.js";
import type { Tensor } from "../graph/index.js";
import type { DecoderOptions, Module, Weights } from "../models/decoder.js";

/** An array that training changes. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** does weight decay apply? */
  readonly decays: boolean;
  /** the module that it belongs to; undefined for norms and embeddings */
  readonly module?: Module;
  /** undefined where the first axis counts layers */
  readonly layer?: number;
  /** of a LoRA adapter: `lora_A` `(rank, in)` or `lora_B` `(out, rank)` */
  readonly matrix?: "lora_A" | "lora_B";
  readonly initial: () => Float32Array;
}

/** How parameters enter the decoder's graph. */
export interface DecoderHooks {
  readonly weights: Weights;
  readonly scale: DecoderOptions["scale"];
  readonly lowRank: DecoderOptions["lowRank"];
}

/** A kind of training: its parameters, and what is made of them when they are trained. */
export interface Trainable<Trained extends object> {
  /** names the kind and its options; equal keys make equal graphs */
  readonly key: string;
  readonly parameters: readonly Parameter[];
  /** inputs that stay as they are, such as the scales of adapters below */
  readonly frozen: Readonly<Record<string, WireTensor>>;
  /** @param parameter the graph's input for a parameter, by name */
  readonly hooks: (weights: Weights, parameter: (name: string) => Tensor) => DecoderHooks;
  readonly finish: (values: ReadonlyMap<string, Float32Array>) => Trained;
}
