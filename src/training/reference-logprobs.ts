/** @file Log-probabilities of preference pairs under the reference model: taken once, and kept beside a training's state. */
import fs from "node:fs";
import path from "node:path";
import type { Model } from "../engine/model.js";
import { type RunOptions, scoreTexts } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";
import { readFloat32, readSafetensorsHeader, writeSafetensors } from "../weights/safetensors.js";
import type { PreferencePair, ReferenceLogprobs } from "./dpo-objective.js";
import { type AnsweredText, digestOf } from "./objective.js";

const FILE = "reference.safetensors";

/** @param options `folder`: where to keep them; those of another model or other pairs are replaced */
export async function referenceLogprobs(
  model: Model,
  pairs: readonly PreferencePair[],
  { folder, ...run }: { folder?: string } & RunOptions,
): Promise<ReferenceLogprobs> {
  const made = JSON.stringify([model.origin, digestOf(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]))]);
  const file = folder === undefined ? undefined : path.join(folder, FILE);
  const kept = file && read(file, made, pairs.length);
  if (kept) return kept;
  const { chosen, rejected } = await pairLogprobs(model, pairs, run);
  if (file) {
    const tensor = (data: Float32Array) => ({ dtype: "F32" as const, shape: [data.length], data });
    writeSafetensors(file, { chosen: tensor(chosen), rejected: tensor(rejected) }, { made });
  }
  return { chosen, rejected };
}

/** Log-probabilities of both answers of each pair. */
export async function pairLogprobs(model: Model, pairs: readonly PreferencePair[], run: RunOptions): Promise<ReferenceLogprobs> {
  const both = await answerLogprobs(
    model,
    pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]),
    run,
  );
  const [chosen, rejected] = [0, 1].map((side) => both.filter((_, i) => i % 2 === side));
  return { chosen, rejected };
}

/** `(texts,)` weighted sums of log-probabilities over each answer's tokens; the head runs for these alone. */
export async function answerLogprobs(model: Model, texts: readonly AnsweredText[], run: RunOptions = {}): Promise<Float32Array> {
  const sums = new Float32Array(texts.length);
  const rows = ({ ids, promptLength }: Text) => Array.from({ length: ids.length - promptLength }, (_, i) => promptLength - 1 + i);
  await scoreTexts(model, texts, { rows, fetch: ["logprob"], ...run }, ({ reply, indices }) => {
    const logprobs = reply.outputs.logprob.data as Float32Array;
    let at = 0;
    for (const index of indices) for (const weight of texts[index].weights) sums[index] += weight * logprobs[at++];
  });
  return sums;
}

function read(file: string, made: string, count: number): ReferenceLogprobs | undefined {
  if (!fs.existsSync(file)) return undefined;
  const { tensors, metadata } = readSafetensorsHeader(file);
  const [chosen, rejected] = [tensors.get("chosen"), tensors.get("rejected")];
  if (metadata.made !== made || !chosen || !rejected) return undefined;
  const both = { chosen: readFloat32(chosen), rejected: readFloat32(rejected) };
  return both.chosen.length === count && both.rejected.length === count ? both : undefined;
}
