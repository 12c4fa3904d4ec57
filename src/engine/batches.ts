/** @file Which texts run together: batches of similar length that fit a memory budget. */
import { OptionError } from "../errors.js";
import type { DecoderConfig } from "../models/config.js";

/**
 * Most lanes (rows) of one batch. A step of writing reads all weights whatever the lanes: 64 write a token in three quarters of the time that 32
 * take, and 96 gain little. A hundred texts with a donor each are three batches.
 */
const MOST_LANES = 68;
/** Most tokens of one pass over finished texts: larger passes gain nothing, take more memory and answer a cancel later. */
const MOST_TOKENS = 1024;
/** The same of the pass over prompts that writing begins with, where a larger batch gains. */
const MOST_PROMPT_TOKENS = 8192;

export interface BatchSizing {
  /** bytes for activations and key/value cache */
  readonly budget: number;
  /** rows that each text needs (recipient and donors) */
  readonly lanes: number;
  /** tokens that each text will grow by */
  readonly newTokens: number;
  /** float32 values captured for each token */
  readonly captured: number;
  /** logits rows of each text: 1 when generating, all positions when scoring */
  readonly everyLogit: boolean;
  /** texts of one batch, overriding the estimate */
  readonly size?: number;
}

/**
 * Indices of texts by batch, longest first, so that a batch that does not fit fails at once and padding is small.
 * @param lengths tokens of each text
 * @throws OptionError for a size below 1
 */
export function planBatches(lengths: readonly number[], config: DecoderConfig, sizing: BatchSizing): number[][] {
  const { size: given } = sizing;
  if (given !== undefined && !(Number.isInteger(given) && given >= 1)) throw new OptionError("batch", given, "a whole number from 1");
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const batches: number[][] = [];
  for (let at = 0; at < order.length; ) {
    const size = given ?? textsPerBatch(lengths[order[at]], config, sizing);
    batches.push(order.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** How many texts of `length` tokens run together. */
export function textsPerBatch(length: number, config: DecoderConfig, sizing: BatchSizing): number {
  const { budget, lanes, newTokens } = sizing;
  const byMemory = budget / (lanes * laneBytes(length, config, sizing));
  const byTokens = (newTokens > 0 ? MOST_PROMPT_TOKENS : MOST_TOKENS) / (lanes * length);
  const byLanes = MOST_LANES / lanes;
  return Math.max(1, Math.floor(Math.min(byMemory, byLanes, byTokens)));
}

/** An upper estimate of what one lane needs while a batch runs. */
export function laneBytes(
  length: number,
  config: DecoderConfig,
  sizing: Pick<BatchSizing, "newTokens" | "captured" | "everyLogit">,
): number {
  const { hidden, neurons, heads, kvHeads, headSize, layers, vocabulary } = config;
  const perToken = 8 * hidden + 6 * neurons + 4 * (heads + 2 * kvHeads) * headSize + heads * length + sizing.captured;
  const cache = 2 * layers * kvHeads * headSize * (length + sizing.newTokens);
  const logits = 3 * vocabulary * (sizing.everyLogit ? length : 1);
  return 4 * (perToken * length + cache + logits);
}
