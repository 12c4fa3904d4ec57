/** @file What a score head reads: hidden states of texts, pooled while they come out of the engine. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Model } from "../engine/model.js";
import { PLAN } from "../engine/plan.js";
import { type Progress, Reporter } from "../engine/progress.js";
import { type RunOptions, scoreTexts } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";
import { OptionError } from "../errors.js";
import { site } from "../models/sites.js";
import { tensorOf } from "../weights/checkpoint.js";
import { readFloat32, readSafetensorsHeader, type TensorToWrite, writeSafetensors } from "../weights/safetensors.js";
import { eachLater, laterRows } from "./likelihood.js";

/**
 * A hidden state: the final norm, with its weight, over the residual stream after `layer` layers (1 … L; with all of them it is what the
 * language-model head reads), at the text's last token or averaged over the answer's tokens. The graph stops at that layer.
 */
export interface Reading {
  readonly layer: number;
  readonly pool: Pool;
}

export type Pool = "last" | "mean";

export interface FeatureOptions extends RunOptions {
  /** keeps what is done in a folder, in parts of 256 texts, and goes on from there */
  folder?: string;
}

const PART = 256;

/** @returns for each reading `(texts, hidden)` float32 */
export async function features(
  model: Model,
  texts: readonly Text[],
  readings: readonly Reading[],
  options: FeatureOptions = {},
): Promise<Float32Array[]> {
  const { hidden, layers } = model.config;
  for (const { layer, pool } of readings) {
    if (!Number.isInteger(layer) || layer < 1 || layer > layers)
      throw new OptionError("layer", layer, `a whole number from 1 to ${layers}`);
    if (pool !== "last" && pool !== "mean") throw new OptionError("pool", pool, '"last" or "mean"');
  }
  if (options.folder === undefined) return pooled(model, texts, readings, options);
  const whole = readings.map(() => new Float32Array(texts.length * hidden));
  const count = (list: readonly Text[]) => list.reduce((sum, { ids }) => sum + ids.length, 0);
  const total = count(texts);
  const progress = new Reporter("tokens", total, options.onProgress);
  for (let from = 0; from < texts.length; from += PART) {
    const part = texts.slice(from, from + PART);
    let reported = 0;
    const onProgress = ({ done }: Progress) => {
      progress.advance(done - reported);
      reported = done;
    };
    const made = await keptPart(model, part, readings, from / PART, options.folder, { ...options, onProgress });
    made.forEach((values, i) => {
      whole[i].set(values, from * hidden);
    });
    progress.advance(count(part) - reported);
  }
  return whole;
}

/** The readings of some texts: those that the folder's file has, and the others computed and added to it. */
async function keptPart(
  model: Model,
  texts: readonly Text[],
  readings: readonly Reading[],
  part: number,
  folder: string,
  options: RunOptions,
): Promise<Float32Array[]> {
  const hash = createHash("sha256").update(JSON.stringify([model.origin, texts.map((text) => [...text.ids, text.promptLength])]));
  const made = hash.digest("hex");
  const file = path.join(folder, `features-${part}.safetensors`);
  const nameOf = ({ layer, pool }: Reading) => `${layer}/${pool}`;
  const size = texts.length * model.config.hidden;
  const known = new Map<string, Float32Array>();
  if (fs.existsSync(file)) {
    const { tensors, metadata } = readSafetensorsHeader(file);
    if (metadata.made === made) for (const [name, info] of tensors) if (info.bytes === 4 * size) known.set(name, readFloat32(info));
  }
  const missing = readings.filter((reading) => !known.has(nameOf(reading)));
  if (missing.length > 0) {
    (await pooled(model, texts, missing, options)).forEach((values, i) => {
      known.set(nameOf(missing[i]), values);
    });
    const shape = [texts.length, model.config.hidden];
    const tensors = [...known].map(([name, data]): [string, TensorToWrite] => [name, { dtype: "F32", shape, data }]);
    fs.mkdirSync(folder, { recursive: true });
    writeSafetensors(file, Object.fromEntries(tensors), { made });
  }
  return readings.map((reading) => known.get(nameOf(reading))!);
}

/**
 * Readings straight from the engine.
 * @param texts each with at least one token after its prompt
 * @param onLogprobs takes each text's natural log-probabilities of the tokens after its prompt, `(ids.length - promptLength,)` float32, in the same pass
 * @returns for each reading `(texts, hidden)` float32
 */
export async function pooled(
  model: Model,
  texts: readonly Text[],
  readings: readonly Reading[],
  options: RunOptions,
  onLogprobs?: (index: number, logprobs: Float32Array) => void,
): Promise<Float32Array[]> {
  const { hidden, epsilon } = model.config;
  const gain = readFloat32(tensorOf(model.checkpoint, "model.norm.weight"));
  const lastAlone = readings.every(({ pool }) => pool === "last");
  // read from here on; a text's last token counts always
  const fromLast = texts.map(({ ids, promptLength }) => ({
    ids,
    promptLength: Math.min(lastAlone ? ids.length : promptLength, ids.length - 1),
  }));
  const sites = [...new Set(readings.map(({ layer }) => layer))].map((layer) => site("blocks.N.hook_resid_post", layer - 1));
  const results = readings.map(() => new Float32Array(texts.length * hidden));
  const captures = { captures: sites, positions: "generated" as const };
  const head = onLogprobs && { rows: laterRows, fetch: ["logprob"] };
  await scoreTexts(model, onLogprobs ? texts : fromLast, { ...options, ...captures, ...head }, ({ reply, indices }) => {
    if (onLogprobs) eachLater(reply, texts, indices, onLogprobs);
    const { lanes, positions } = reply.captured!;
    readings.forEach(({ layer, pool }, which) => {
      const values = reply.outputs[PLAN.capture(`blocks.${layer - 1}.hook_resid_post`)].data as Float32Array;
      const sums = indices.map(() => new Float64Array(hidden));
      lanes.forEach((lane, row) => {
        const { ids, promptLength } = fromLast[indices[lane]];
        const last = positions[row] === ids.length - 1;
        if (pool === "mean") addNormed(sums[lane], values, row * hidden, gain, epsilon, 1 / (ids.length - promptLength));
        else if (last) addNormed(sums[lane], values, row * hidden, gain, epsilon, 1);
      });
      sums.forEach((sum, lane) => {
        results[which].set(sum, indices[lane] * hidden);
      });
    });
  });
  return results;
}

/** Adds `share` times the RMS norm of one row. */
function addNormed(sum: Float64Array, values: Float32Array, at: number, gain: Float32Array, epsilon: number, share: number): void {
  let squares = 0;
  for (let i = 0; i < sum.length; i++) squares += values[at + i] * values[at + i];
  const scale = share / Math.sqrt(squares / sum.length + epsilon);
  for (let i = 0; i < sum.length; i++) sum[i] += values[at + i] * scale * gain[i];
}
