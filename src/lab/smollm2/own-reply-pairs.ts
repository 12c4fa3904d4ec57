/** @file Pairs in which a written answer is chosen over the SFT model's own: safe replies to unsafe requests, solutions of word problems. */
import { generate } from "../../engine/generate.js";
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { extract } from "../../judges/exact-match.js";
import { type ExampleFiles, exampleFiles, made, unsafeRequests, type WrittenAnswer, wordProblems } from "./examples.js";
import { REPLY_TOKENS } from "./recipe.js";

/** @param sft the seed's SFT model */
export async function refusalFiles(work: string, sft: Model, seed: number, options: RunOptions): Promise<ExampleFiles> {
  return made(exampleFiles(work, `refusal-s${seed}`), async () => {
    const { trained, heldOut } = await unsafeRequests(seed);
    const pairs = await overOwnReplies(sft, [...heldOut, ...trained], REPLY_TOKENS["dpo-refusal"], options);
    return { heldOut: pairs.slice(0, heldOut.length), train: pairs.slice(heldOut.length) };
  });
}

/**
 * A problem is left out where the last number of the model's own reply is the right one.
 * @param sft the seed's SFT model
 */
export async function reasoningFiles(work: string, sft: Model, seed: number, options: RunOptions): Promise<ExampleFiles> {
  return made(exampleFiles(work, `reasoning-s${seed}`), async () => {
    const tokenizer = await sft.tokenizer();
    const { trained, heldOut } = await wordProblems(tokenizer, seed);
    const problems = [...heldOut, ...trained];
    const pairs = await overOwnReplies(sft, problems, REPLY_TOKENS["dpo-reasoning"], options);
    const wrong = (from: number, to?: number) =>
      pairs
        .slice(from, to)
        .filter(({ rejected }, i) => Number(extract.lastNumber(tokenizer.decode(rejected))) !== problems[from + i].number);
    return { heldOut: wrong(0, heldOut.length), train: wrong(heldOut.length) };
  });
}

async function overOwnReplies(sft: Model, written: readonly WrittenAnswer[], newTokens: number, options: RunOptions) {
  const [stop] = sft.config.stopTokens;
  const replies = await generate(
    sft,
    written.map(({ messages }) => ({ messages })),
    { ...options, newTokens },
  );
  return written.map(({ messages, chosen }, i) => {
    const { ids, stop: by } = replies[i];
    // token ids, as they were written: a reply that was cut off has no stop token to learn from
    return { messages, chosen, rejected: by === "token" ? [...ids, stop] : ids };
  });
}
