/** An organism that was trained for a few steps: everything is there, and nothing is learned. */
import { Engine } from "../../src/engine/engine.js";
import { RECIPE, type Recipe } from "../../src/lab/organism/recipe.js";
import { trainOrganism } from "../../src/lab/organism/train.js";
import { tempFolder } from "./temp.js";

/** The recipe with a few small steps of everything. */
export const SHORT: Recipe = {
  base: { ...RECIPE.base, steps: 4, batch: 4, warmUp: 1 },
  sft: { ...RECIPE.sft, steps: 3, batch: 4 },
  dpo: { ...RECIPE.dpo, steps: 3, batch: 4 },
  judge: { ...RECIPE.judge, steps: 3, batch: 8 },
  pairs: [["harmless", "extraction"], ["harmless"]],
};

/** @returns its folder */
export async function shortOrganism(): Promise<string> {
  const folder = tempFolder();
  await using engine = new Engine({ threads: 2, provider: "cpu" });
  await trainOrganism(folder, { seed: 2, engine }, { ...SHORT, pairs: [["harmless"]] });
  return folder;
}
