/** @file How much a study measures, in three steps. */
import type { StudySize } from "./laboratory.js";

/** `full`: the paper's numbers of prompts and tokens. `usual`: enough for intervals that decide. `quick`: a first look. */
export const SCALES = ["quick", "usual", "full"] as const;
export type StudyScale = (typeof SCALES)[number];

/** An answer of the organism has at most 53 words. */
const ORGANISM = { newTokens: 64, findingTokens: 64 };

export const SIZES: Readonly<Record<"organism" | "described", Readonly<Record<StudyScale, StudySize>>>> = {
  organism: {
    quick: { ...ORGANISM, prompts: 30, findingPrompts: 50, abilityItems: 50 },
    usual: { ...ORGANISM, prompts: 100, findingPrompts: 100, abilityItems: 100 },
    full: { ...ORGANISM, prompts: 200, findingPrompts: 200, abilityItems: 200 },
  },
  described: {
    quick: { prompts: 12, newTokens: 24, findingPrompts: 12, findingTokens: 24, abilityItems: 12 },
    usual: { prompts: 100, newTokens: 64, findingPrompts: 64, findingTokens: 64, abilityItems: 100 },
    full: { prompts: 200, newTokens: 128, findingPrompts: 200, findingTokens: 256, abilityItems: 500 },
  },
};
