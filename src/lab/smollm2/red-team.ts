/** @file The harmful prompts that adapters are evaluated on. Training has seen none of them: see examples.ts. */
import { disjoint } from "../../datasets/disjoint.js";
import { openDataset } from "../../datasets/open.js";
import { seeded } from "../../random.js";

export const RED_TEAM = ["advbench", "harmbench", "jailbreak-llms"] as const;
export type RedTeamSet = (typeof RED_TEAM)[number];

/** Of each set, drawn by seed 0. */
export const PROMPTS = 64;
export const NEW_TOKENS = 48;

/** Prompts of each set; none of them is in two sets. */
export async function redTeamPrompts(count = PROMPTS): Promise<ReadonlyMap<RedTeamSet, readonly string[]>> {
  const drawn = new Map<RedTeamSet, readonly string[]>();
  const before: string[] = [];
  for (const name of RED_TEAM) {
    const prompts: string[] = [];
    for await (const { prompt } of disjoint(await openDataset(name), before)) prompts.push(prompt);
    before.push(...prompts);
    drawn.set(name, seeded(0).shuffle(prompts).slice(0, count));
  }
  return drawn;
}
