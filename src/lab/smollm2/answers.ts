/** @file Answers to red-team prompts, kept in a work folder: writing them takes longer than judging them. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { type Generation, generate } from "../../engine/generate.js";
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { readJsonObject } from "../../weights/json.js";
import { replaceFile } from "../../weights/replace-file.js";
import { NEW_TOKENS } from "./red-team.js";

export type KeptAnswer = Pick<Generation, "ids" | "text" | "stop">;

/** Greedy answers in chat form; those in `file` where they are of this model and these prompts. */
export async function keptAnswers(model: Model, prompts: readonly string[], file: string, options: RunOptions): Promise<KeptAnswer[]> {
  const { digest, adapters } = model.origin;
  const made = createHash("sha256")
    .update(JSON.stringify([digest, adapters.map((adapter) => adapter.digest), prompts, NEW_TOKENS]))
    .digest("hex");
  if (fs.existsSync(file)) {
    const kept = readJsonObject(file);
    if (kept.made === made) return kept.answers as KeptAnswer[];
  }
  const written = await generate(model, prompts, { ...options, chat: true, newTokens: NEW_TOKENS });
  const answers = written.map(({ ids, text, stop }): KeptAnswer => ({ ids, text, stop }));
  replaceFile(file, [`${JSON.stringify({ made, answers })}\n`]);
  return answers;
}
