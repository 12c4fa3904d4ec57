/** @file What is trained on SmolLM2-135M-Instruct: one SFT adapter a seed, and DPO adapters on top of it. */
import type { AdapterSettings } from "../../training/adapter-record.js";

export const MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct";
export const SEEDS: readonly number[] = [0, 1, 2];

export const PREFERENCES = ["dpo-refusal", "dpo-harmless", "dpo-helpful", "dpo-joint", "dpo-reasoning"] as const;
export type Preference = (typeof PREFERENCES)[number];
export type Stage = "sft" | Preference;

/** What E5 to E8 compare, of the first seed alone: each takes as long as all of a seed's SFT and refusal pairs. */
export const ONCE: readonly Preference[] = ["dpo-helpful", "dpo-joint", "dpo-reasoning"];

/** Name of a stage's adapter: `sft-s0`. */
export const adapterName = (stage: Stage, seed: number): string => `${stage}-s${seed}`;

/** Longest text of each stage's examples, in tokens: short ones, so that all of it is an evening on two cores. */
export const LONGEST = {
  sft: 128,
  "dpo-harmless": 112,
  "dpo-helpful": 112,
  "dpo-joint": 112,
  "dpo-reasoning": 128,
  "dpo-refusal": 88,
} as const;

/** Unsafe requests, or word problems, that pairs with own replies are made of, for training and held out. */
export const REQUESTS = { trained: 500, heldOut: 48 } as const;
/** Most tokens of the SFT model's own reply to one. */
export const REPLY_TOKENS = { "dpo-refusal": 40, "dpo-reasoning": 48 } as const;
/** Examples of SFT and pairs of HH that are held out. */
export const HELD_OUT = { sft: 64, hh: 100 } as const;

/** (IA)^3 scales hardly move at the paper's rate of 1e-3 in so few steps. */
export function settingsOf(stage: Stage, seed: number): AdapterSettings {
  const common = { batch: 8, seed, maxTokens: LONGEST[stage], chat: false };
  if (stage === "sft") return { ...common, steps: 40, learningRate: 5e-3, evaluateEvery: 40 };
  const steps = stage === "dpo-refusal" || stage === "dpo-reasoning" ? 70 : 150;
  return { ...common, steps, learningRate: 1e-2, beta: 0.1, evaluateEvery: steps };
}
