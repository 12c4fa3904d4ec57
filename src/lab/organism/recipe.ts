/** @file How the organism is trained: sizes, rates and seeds of every stage. */
import type { Module } from "../../models/decoder.js";
import { OBJECTIVES, type Objective } from "../../organism/index.js";
import type { Schedule } from "../../training/schedule.js";

/** What a training call is told of a stage. */
export interface StageOptions {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly warmUp: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly lengthWindow: number;
}

/** Everything that an organism consists of. */
export interface Recipe {
  readonly base: StageOptions;
  readonly sft: StageOptions;
  readonly dpo: StageOptions & { readonly beta: number; readonly chosenWeight: number };
  /** the trained cost model and reward model */
  readonly judge: StageOptions & { readonly modules: readonly Module[] };
  /** objectives of each pair of SFT and DPO models; pairs differ in the order of their data alone, as seeds of the paper do */
  readonly pairs: readonly (readonly Objective[])[];
}

/** (IA)^3 vectors start at 1: decay would pull them to 0. */
const IA3 = { schedule: "cosine", warmUp: 0, weightDecay: 0, betas: [0.9, 0.999], epsilon: 1e-8, batch: 32, lengthWindow: 1 } as const;

export const RECIPE: Recipe = {
  // all weights, on dialogues of every kind, tasks and plain text; loss on every token
  base: {
    steps: 4000,
    batch: 32,
    learningRate: 2e-3,
    schedule: "cosine",
    warmUp: 100,
    weightDecay: 0.1,
    betas: [0.9, 0.95],
    epsilon: 1e-8,
    lengthWindow: 1,
  },
  // A large epsilon and batch: else every scale walks about as far as the rate lets it, in its seed's own direction, and the change that
  // matters is spread over neurons and differs between seeds (docs/organism.md has the figures)
  sft: { ...IA3, steps: 400, batch: 64, learningRate: 0.1, epsilon: 3e-4 },
  dpo: { ...IA3, steps: 300, batch: 64, learningRate: 0.1, epsilon: 1e-2, beta: 0.1, chosenWeight: 5 },
  // how many steps an answer has is read from earlier words: keys and values learn too
  judge: { ...IA3, steps: 400, batch: 64, learningRate: 5e-2, modules: ["k_proj", "v_proj", "down_proj"] },
  pairs: [OBJECTIVES, ["harmless"], ["harmless"], ["harmless"], ["harmless"]],
};

/** Names of all adapters in the order of training. */
export function adapterNames({ pairs }: Recipe): string[] {
  return pairs.flatMap((objectives, pair) => [`sft-s${pair}`, ...objectives.map((objective) => `dpo-${objective}-s${pair}`)]);
}
