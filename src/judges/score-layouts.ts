/**
 * @file Published checkpoints with a score head, in two layouts. The backbone's weights are named as in any Llama; there is no
 * language-model head.
 *
 * - `LlamaForSequenceClassification` of Hugging Face transformers: `score.weight` (labels, hidden) without a bias, `id2label` in
 *   config.json; read at the last token that is not `pad_token_id`.
 * - `LlamaForScore` (formerly `LlamaModelForScore`) of PKU-Alignment's safe-rlhf (safe_rlhf/models/score_model/__init__.py,
 *   llama/modeling_llama.py and models/normalizer.py), as in beaver-7b-v1.0-cost and -reward: `score_head.weight` (score_dim, hidden), with
 *   `score_head.bias` where config.json's `bias` is true; read at the last token, the end token. Where `do_normalize` is true scores are
 *   standardised by `normalizer.mean` and `normalizer.var` (else `mean` and `var` of config.json): a reward by both, a cost by the
 *   deviation alone, so that 0 stays its border.
 */
import path from "node:path";
import type { Model } from "../engine/model.js";
import { FileFormatError } from "../errors.js";
import type { Checkpoint } from "../weights/checkpoint.js";
import { isJsonObject, printable } from "../weights/json.js";
import { readFloat32 } from "../weights/safetensors.js";
import { BEAVER_FORM } from "./answer-texts.js";
import type { ScoreHead, ScoreModelParts, ScoreScale } from "./score-model.js";

/** Most labels that are read. */
const MOST_LABELS = 10_000;

/** @returns undefined for a checkpoint without a score head */
export function publishedHead(model: Model): Pick<ScoreModelParts, "head" | "form" | "reading" | "scale" | "skipped"> | undefined {
  const { checkpoint, config } = model;
  const reading = { layer: config.layers, pool: "last" } as const;
  if (checkpoint.tensors.has("score.weight")) {
    const head = readHead(model, "score");
    const pad = checkpoint.config.pad_token_id;
    return {
      head: { ...head, labels: labelNames(checkpoint, head.bias.length) },
      form: "chat",
      reading,
      skipped: typeof pad === "number" ? [pad] : [],
    };
  }
  if (!checkpoint.tensors.has("score_head.weight")) return undefined;
  const head = readHead(model, "score_head");
  const kind = checkpoint.config.score_type ?? "reward";
  if (kind !== "reward" && kind !== "cost" && kind !== "critic") throw wrong(checkpoint, "score_type", kind, "reward, cost or critic");
  const labels = head.bias.length === 1 ? [kind] : Array.from(head.bias, (_, i) => `${kind} ${i}`);
  return { head: { ...head, labels }, form: BEAVER_FORM, reading, scale: normaliser(checkpoint, kind) };
}

function readHead({ checkpoint, config }: Model, name: string): Omit<ScoreHead, "labels"> {
  const info = checkpoint.tensors.get(`${name}.weight`)!;
  const [labels, hidden, more] = info.shape;
  if (hidden !== config.hidden || more !== undefined || !(labels >= 1 && labels <= MOST_LABELS))
    throw new FileFormatError(info.file, `has shape [${info.shape}]; expected [labels, ${config.hidden}]`, { tensor: info.name });
  const bias = checkpoint.tensors.get(`${name}.bias`);
  if (bias && bias.shape.join() !== String(labels))
    throw new FileFormatError(bias.file, `has shape [${bias.shape}]; expected [${labels}]`, { tensor: bias.name });
  return { weight: readFloat32(info), bias: bias ? readFloat32(bias) : new Float32Array(labels) };
}

function labelNames(checkpoint: Checkpoint, count: number): string[] {
  const { id2label } = checkpoint.config;
  if (id2label === undefined) return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
  if (!isJsonObject(id2label)) throw wrong(checkpoint, "id2label", id2label, "an object");
  return Array.from({ length: count }, (_, i) => {
    const label = id2label[i];
    if (typeof label !== "string")
      throw wrong(checkpoint, `id2label["${i}"]`, label, `a name for each of the ${count} rows of score.weight`);
    return label;
  });
}

function normaliser(checkpoint: Checkpoint, kind: "reward" | "cost" | "critic"): ScoreScale | undefined {
  const { do_normalize: wanted = false } = checkpoint.config;
  if (typeof wanted !== "boolean") throw wrong(checkpoint, "do_normalize", wanted, "true or false");
  if (!wanted || kind === "critic") return undefined;
  const [mean, variance] = [moment(checkpoint, "mean", 0), moment(checkpoint, "var", 1)];
  if (!(variance >= 0)) throw wrong(checkpoint, "var", variance, "a number from 0");
  // the constant is the reference's own
  return { shift: kind === "reward" ? mean : 0, scale: Math.sqrt(variance) + 1e-8 };
}

/** Of the weights where they hold it, else of config.json. Scores of several dimensions have one each: the first is taken. */
function moment(checkpoint: Checkpoint, name: "mean" | "var", fallback: number): number {
  const info = checkpoint.tensors.get(`normalizer.${name}`);
  if (info) return info.bytes <= 1 << 20 ? readFloat32(info)[0] : fallback;
  const value = [checkpoint.config[name] ?? fallback].flat()[0];
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(checkpoint, name, value, "a number, or a list of one");
  return value;
}

function wrong({ folder }: Checkpoint, key: string, got: unknown, expected: string): FileFormatError {
  return new FileFormatError(
    path.join(folder, "config.json"),
    `${key}: expected ${expected}; got ${printable(JSON.stringify(got) ?? "nothing")}`,
  );
}
