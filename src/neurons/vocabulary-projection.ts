/** @file What a neuron promotes: its value vector read by the model's own unembedding (Geva et al. 2022; paper section 4.3). */
import { type ColumnTable, table } from "arquero";
import type { Model } from "../engine/model.js";
import { type Progress, Reporter } from "../engine/progress.js";
import { FileFormatError, OptionError, ShapeError } from "../errors.js";
import { tensorOf } from "../weights/checkpoint.js";
import { readFloat32, type TensorInfo } from "../weights/safetensors.js";
import type { Neuron } from "./neuron.js";
import type { NeuronSet } from "./neuron-set.js";
import { tensorflow } from "./tensorflow.js";
import { downProjection } from "./value-vectors.js";

export interface ProjectionOptions {
  /** tokens a neuron, default 10 */
  top?: number;
  /** stops before the next part of the vocabulary; the call rejects with the signal's reason */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface PromotedToken {
  readonly id: number;
  /** the token's own text; empty where the checkpoint has no tokenizer */
  readonly text: string;
  readonly logit: number;
}

/** The tokens that neurons promote, the likeliest first. Made by {@link vocabularyProjection}. */
export class VocabularyProjection {
  constructor(
    readonly neurons: readonly Neuron[],
    /** of each neuron, in the set's order */
    readonly tokens: readonly (readonly PromotedToken[])[],
  ) {}

  /** Columns `rank` (of the neuron, from 0), `layer`, `neuron`, `place` (of the token, from 0), `id`, `token`, `logit`. */
  table(): ColumnTable {
    const rows = this.tokens.flatMap((promoted, rank) =>
      promoted.map(({ id, text, logit }, place) => ({
        rank,
        layer: this.neurons[rank][0],
        neuron: this.neurons[rank][1],
        place,
        id,
        text,
        logit,
      })),
    );
    return table({
      rank: rows.map((row) => row.rank),
      layer: rows.map((row) => row.layer),
      neuron: rows.map((row) => row.neuron),
      place: rows.map((row) => row.place),
      id: rows.map((row) => row.id),
      token: rows.map((row) => row.text),
      logit: rows.map((row) => row.logit),
    });
  }

  toString(): string {
    const lines = this.tokens.map((promoted, rank) => {
      const [layer, index] = this.neurons[rank];
      return `  [${layer}, ${index}] ${promoted.map(({ id, text }) => (text === "" ? id : JSON.stringify(text))).join(" ")}`;
    });
    return [`VocabularyProjection of ${this.neurons.length} neurons`, ...lines].join("\n");
  }
}

/** Elements of the unembedding read at a time. */
const PART = 2 ** 24;

/**
 * Projects value vectors into the vocabulary: `logits = unembedding · norm(Wdown[i, :])`, with the model's final norm and its gain, and
 * keeps the tokens of the largest logits. LoRA on `down_proj` is part of the value vector; (IA)^3 scales it and changes nothing. The
 * unembedding is read in parts, never whole; the products run on TensorFlow.js.
 *
 * @throws ShapeError for a set of another model's shape; OptionError for a `top` that the vocabulary does not have
 * @throws FileFormatError for weights that are not as config.json says
 */
export async function vocabularyProjection(
  model: Model,
  neurons: NeuronSet,
  options: ProjectionOptions = {},
): Promise<VocabularyProjection> {
  const { layers, neurons: perLayer, hidden, vocabulary, tied } = model.config;
  const { top = 10, signal, onProgress } = options;
  if (neurons.layers !== layers || neurons.neurons !== perLayer)
    throw new ShapeError("vocabularyProjection", "the set was made for a model of another shape", [
      [neurons.layers, neurons.neurons],
      [layers, perLayer],
    ]);
  if (!Number.isInteger(top) || top < 1 || top > vocabulary) throw new OptionError("top", top, `an integer in [1, ${vocabulary}]`);
  const list = [...neurons];
  const vectors = normedVectors(model, list);
  const unembedding = tensorOf(model.checkpoint, tied ? "model.embed_tokens.weight" : "lm_head.weight");
  if (unembedding.shape.join() !== `${vocabulary},${hidden}`)
    throw new FileFormatError(unembedding.file, `has shape [${unembedding.shape}]; config.json asks for [${vocabulary}, ${hidden}]`, {
      tensor: unembedding.name,
    });
  const best = list.map(() => new Best(top));
  const { tf } = await tensorflow();
  const progress = new Reporter("tokens of the vocabulary", vocabulary, onProgress);
  const rows = Math.max(1, Math.floor(PART / Math.max(hidden, list.length)));
  for (let from = 0; from < vocabulary && list.length > 0; from += rows) {
    signal?.throwIfAborted();
    const count = Math.min(rows, vocabulary - from);
    const part = readFloat32(rowsOf(unembedding, from, count));
    // turned first: the wasm backend multiplies by a matrix that it is told to read as turned thirty times slower
    const logits = tf.tidy(() => tf.matMul(tf.tensor2d(vectors, [list.length, hidden]), tf.transpose(tf.tensor2d(part, [count, hidden]))));
    const values = await logits.data();
    logits.dispose();
    for (const [i, one] of best.entries()) one.add(values.subarray(i * count, (i + 1) * count) as Float32Array, from);
    progress.advance(count);
  }
  return new VocabularyProjection(list, await named(model, best));
}

/** Value vectors after the final norm, `(neurons, hidden)`. */
function normedVectors(model: Model, list: readonly Neuron[]): Float32Array {
  const { neurons, hidden, epsilon } = model.config;
  const gain = readFloat32(tensorOf(model.checkpoint, "model.norm.weight"));
  const out = new Float32Array(list.length * hidden);
  for (const layer of new Set(list.map(([layer]) => layer))) {
    const weights = downProjection(model, layer);
    for (const [rank, [at, index]] of list.entries()) {
      if (at !== layer) continue;
      const vector = Float64Array.from({ length: hidden }, (_, d) => weights[d * neurons + index]);
      const scale = 1 / Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0) / hidden + epsilon);
      for (let d = 0; d < hidden; d++) out[rank * hidden + d] = vector[d] * scale * gain[d];
    }
  }
  return out;
}

function rowsOf(info: TensorInfo, from: number, count: number): TensorInfo {
  const [total, width] = info.shape;
  const rowBytes = info.bytes / total;
  return { ...info, shape: [count, width], offset: info.offset + from * rowBytes, bytes: count * rowBytes };
}

async function named(model: Model, best: readonly Best[]): Promise<PromotedToken[][]> {
  const tokenizer = model.checkpoint.file("tokenizer.json") === undefined ? undefined : await model.tokenizer();
  return best.map(({ kept }) => kept.map(({ id, logit }) => ({ id, text: tokenizer?.pieces([id])[0] ?? "", logit })));
}

/** The largest of many numbers, by falling value; of equals the lower id first. */
class Best {
  readonly kept: { id: number; logit: number }[] = [];

  constructor(private readonly most: number) {}

  add(logits: Float32Array, firstId: number): void {
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i];
      if (this.kept.length === this.most && !(logit > this.kept[this.most - 1].logit)) continue;
      const place = this.kept.findIndex((other) => logit > other.logit);
      this.kept.splice(place < 0 ? this.kept.length : place, 0, { id: firstId + i, logit });
      if (this.kept.length > this.most) this.kept.pop();
    }
  }
}
