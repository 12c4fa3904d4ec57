import { type ColumnTable, table } from "arquero";
import { publishOrigin } from "../engine/origin-channel.js";
import { FileFormatError, OptionError, ShapeError } from "../errors.js";
import { type ActivationMoments, type ChangeScoresFields, checkChangeScores } from "./change-scores-fields.js";
import { readChangeScoresFile, writeChangeScoresFile } from "./change-scores-file.js";
import { type CompareOptions, NeuronScores } from "./neuron-scores.js";
import type { NeuronSet } from "./neuron-set.js";

export type { ActivationMoments, ChangeScoresFields };

/**
 * What neurons are ranked by. `change`: formula (1) itself. `layer`: divided by its mean over the layer. `value-layer`: times the norm
 * of the value vector, divided by the layer's mean of that product. Activations of the last layers are large, so that without the
 * division their change outranks all others though it says little.
 */
export type ScoreKind = "change" | "layer" | "value-layer";
const scoreKinds: readonly ScoreKind[] = ["change", "layer", "value-layer"];

export interface ScoreOption {
  /** Default `"change"`. */
  readonly score?: ScoreKind;
}

/**
 * Change scores of two models over the same texts: the root of the mean squared difference of each neuron's activations (arXiv
 * 2406.14144, section 3.1; formula (1) in the documentation).
 */
export class ChangeScores implements ChangeScoresFields {
  readonly model: string;
  readonly layers: number;
  /** Neurons a layer. */
  readonly neurons: number;
  readonly positions: string;
  readonly count: number;
  readonly values: Float32Array;
  readonly first: ActivationMoments;
  readonly second: ActivationMoments;
  readonly valueNorms: Float32Array | undefined;
  readonly excludeLastLayers: number;
  readonly origin: Readonly<Record<string, unknown>>;
  readonly #kinds = new Map<ScoreKind, NeuronScores>();

  /**
   * @throws OptionError for numbers out of range and for values that are not finite
   * @throws ShapeError for arrays of another size than `(layers, neurons)`
   */
  constructor(fields: ChangeScoresFields) {
    checkChangeScores(fields);
    this.model = fields.model;
    this.layers = fields.layers;
    this.neurons = fields.neurons;
    this.positions = fields.positions;
    this.count = fields.count;
    this.values = fields.values;
    this.first = fields.first;
    this.second = fields.second;
    this.valueNorms = fields.valueNorms;
    this.excludeLastLayers = fields.excludeLastLayers;
    this.origin = fields.origin;
  }

  /**
   * Reads a file that {@link save} or `neuronbook find --scores` wrote.
   *
   * @throws NotFoundError where there is no such file
   * @throws FileFormatError for anything but change scores
   */
  static load(file: string): ChangeScores {
    const fields = readChangeScoresFile(file);
    try {
      const scores = new ChangeScores(fields);
      publishOrigin({ run: scores.origin });
      return scores;
    } catch (error) {
      if (error instanceof OptionError || error instanceof ShapeError) throw new FileFormatError(file, error.message, { cause: error });
      throw error;
    }
  }

  /** Writes a safetensors file with `change_score`, `first_mean`, `first_std`, `second_mean`, `second_std` and, where known, `value_norm`. */
  save(file: string): void {
    writeChangeScoresFile(file, this);
  }

  /** The same scores with another number of last layers left out of the ranking. */
  excluding(lastLayers: number): ChangeScores {
    return new ChangeScores({ ...this, excludeLastLayers: lastLayers });
  }

  /** The scores of one kind, to rank, select and compare by; computed once. A layer without any change has scores of 0. */
  by(kind: ScoreKind): NeuronScores {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const { model, layers, neurons, excludeLastLayers, positions, count, origin } = this;
    const values = this.#values(kind);
    const scores = new NeuronScores({ model, layers, neurons, score: kind, values, excludeLastLayers, positions, count, origin });
    this.#kinds.set(kind, scores);
    return scores;
  }

  /** Scores of all neurons, those of excluded layers too, `(layers, neurons)`, float32. */
  scores(kind: ScoreKind = "change"): Float32Array {
    return this.by(kind).values.slice();
  }

  /**
   * Root mean square of each neuron's activation under one of the two models, over the same positions, as a ranking: what large activations
   * alone would select. Neurons with large activations change most under any adapter.
   */
  activationSizes(of: "first" | "second" = "first"): NeuronScores {
    const { model, layers, neurons, excludeLastLayers, positions, count, origin } = this;
    const { mean, std } = this[of];
    const values = mean.map((one, i) => Math.hypot(one, std[i]!));
    return new NeuronScores({ model, layers, neurons, score: `activation-${of}`, values, excludeLastLayers, positions, count, origin });
  }

  /** Flat indices `layer * neurons + index` by falling score; ties by (layer, index). Excluded layers are left out. */
  ranked(kind: ScoreKind = "change"): Uint32Array {
    return this.by(kind).ranked();
  }

  /** The neurons with the highest scores: a share below 1 of the ranked ones (`floor(p * ranked)`), or an integer count. */
  top(p: number, { score = "change" }: ScoreOption = {}): NeuronSet {
    return this.by(score).top(p);
  }

  /** Ranks `from` to `to`, `to` excluded, counted from 0; shares of the ranked neurons where either bound lies between 0 and 1. */
  window(from: number, to: number, { score = "change" }: ScoreOption = {}): NeuronSet {
    return this.by(score).window(from, to);
  }

  /** All ranked neurons in consecutive windows of equal size, see {@link NeuronSet.windows}; the first is `top(size)`. */
  windows(size: number, { score = "change" }: ScoreOption = {}): NeuronSet[] {
    return this.by(score).windows(size);
  }

  /** The lowest score that `top(p)` selects; NaN where it selects none. */
  threshold(p: number, { score = "change" }: ScoreOption = {}): number {
    return this.by(score).threshold(p);
  }

  /** Skewness of the scores of all ranked neurons. */
  skewness({ score = "change" }: ScoreOption = {}): number {
    return this.by(score).skewness();
  }

  /**
   * Spearman's rank correlation with the scores of another pair of models, ties with average ranks.
   *
   * @throws ShapeError for models with other layers and neurons
   * @throws OptionError where the two leave out different layers
   */
  spearman(other: ChangeScores, { score = "change", ...options }: ScoreOption & CompareOptions): number {
    return this.by(score).spearman(other.by(score), options);
  }

  /** Share of the neurons of `top(p)` that are also among another pair's; throws as {@link spearman}. */
  overlap(other: ChangeScores, p: number, { score = "change" }: ScoreOption = {}): number {
    return this.by(score).overlap(other.by(score), p);
  }

  /** Columns `rank` (from 0), `layer`, `neuron`, `score`, and mean and standard deviation under both models; one row a ranked neuron. */
  table(kind: ScoreKind = "change"): ColumnTable {
    const scores = this.by(kind);
    const ranked = scores.ranked();
    const pick = (values: Float32Array) => Float32Array.from(ranked, (one) => values[one]!);
    return scores.table().assign(
      table({
        first_mean: pick(this.first.mean),
        first_std: pick(this.first.std),
        second_mean: pick(this.second.mean),
        second_std: pick(this.second.std),
      }),
    );
  }

  toString(): string {
    const left = this.excludeLastLayers === 0 ? "" : `, last ${this.excludeLastLayers} left out`;
    return `ChangeScores: ${this.layers} x ${this.neurons} neurons of ${this.model}${left}; ${this.count} positions (${this.positions})`;
  }

  #values(kind: ScoreKind): Float32Array {
    if (kind === "change") return this.values;
    return byLayerMean(kind === "layer" ? this.values : this.#weighted(kind), this.neurons);
  }

  #weighted(kind: ScoreKind): Float64Array {
    if (kind !== "value-layer") throw new OptionError("score", kind, `one of ${scoreKinds.join(", ")}`);
    const norms = this.valueNorms;
    if (norms === undefined) throw new OptionError("score", kind, '"change" or "layer" for scores without the norms of the value vectors');
    return Float64Array.from(this.values, (value, one) => value * norms[one]!);
  }
}

function byLayerMean(values: Float32Array | Float64Array, neurons: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += neurons) {
    let sum = 0;
    for (let one = start; one < start + neurons; one++) sum += values[one]!;
    const mean = sum / neurons;
    if (mean > 0) for (let one = start; one < start + neurons; one++) out[one] = values[one]! / mean;
  }
  return out;
}
