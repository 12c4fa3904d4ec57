/** @file Refusal pairs: to an unsafe request, the written safe reply is chosen over the SFT model's own. */
import type { ChatRecord } from "../../datasets/records.js";
import { generate } from "../../engine/generate.js";
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { type ExampleFiles, exampleFiles, made, unsafeRequests } from "./examples.js";
import { REPLY_TOKENS } from "./recipe.js";

/** @param sft the seed's SFT model */
export async function refusalFiles(work: string, sft: Model, seed: number, options: RunOptions): Promise<ExampleFiles> {
  return made(exampleFiles(work, `refusal-s${seed}`), async () => {
    const { trained, heldOut } = await unsafeRequests(seed);
    const pairs = await pairsOf(sft, [...heldOut, ...trained], options);
    return { heldOut: pairs.slice(0, heldOut.length), train: pairs.slice(heldOut.length) };
  });
}

async function pairsOf(sft: Model, records: readonly ChatRecord[], options: RunOptions) {
  const [stop] = sft.config.stopTokens;
  const replies = await generate(
    sft,
    records.map(({ messages }) => ({ messages: messages.slice(0, -1) })),
    { ...options, newTokens: REPLY_TOKENS },
  );
  return records.map(({ messages }, i) => {
    const { ids, stop: by } = replies[i];
    // token ids, as they were written: a reply that was cut off has no stop token to learn from
    return { messages: messages.slice(0, -1), chosen: messages.at(-1)!.content, rejected: by === "token" ? [...ids, stop] : ids };
  });
}
