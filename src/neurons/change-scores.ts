import { type ColumnTable, table } from "arquero";
import { FileFormatError, OptionError, ShapeError } from "../errors.js";
import { spearman } from "../statistics/rank-correlation.js";
import { type ActivationMoments, type ChangeScoresFields, checkChangeScores } from "./change-scores-fields.js";
import { readChangeScoresFile, writeChangeScoresFile } from "./change-scores-file.js";
import { NeuronSet } from "./neuron-set.js";
import { rankWindow, topCount } from "./rank-range.js";

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
  readonly #scores = new Map<ScoreKind, Float32Array>();
  readonly #ranked = new Map<ScoreKind, Uint32Array>();

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
      return new ChangeScores(fields);
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

  /** Scores of all neurons, those of excluded layers too, `(layers, neurons)`, float32. A layer without any change has scores of 0. */
  scores(kind: ScoreKind = "change"): Float32Array {
    return this.#scored(kind).slice();
  }

  /** Flat indices `layer * neurons + index` by falling score; ties by (layer, index). Excluded layers are left out. */
  ranked(kind: ScoreKind = "change"): Uint32Array {
    return this.#order(kind).slice();
  }

  /** The neurons with the highest scores: a share below 1 of the ranked ones (`floor(p * ranked)`), or an integer count. */
  top(p: number, { score = "change" }: ScoreOption = {}): NeuronSet {
    const ranked = this.#order(score);
    return this.#set(ranked.subarray(0, topCount(p, ranked.length)), { score, top: p });
  }

  /** Ranks `from` to `to`, `to` excluded, counted from 0; shares of the ranked neurons where either bound lies between 0 and 1. */
  window(from: number, to: number, { score = "change" }: ScoreOption = {}): NeuronSet {
    const ranked = this.#order(score);
    return this.#set(ranked.subarray(...rankWindow(from, to, ranked.length)), { score, window: [from, to] });
  }

  /** The lowest score that `top(p)` selects; NaN where it selects none. */
  threshold(p: number, { score = "change" }: ScoreOption = {}): number {
    const ranked = this.#order(score);
    const count = topCount(p, ranked.length);
    return count === 0 ? Number.NaN : this.#scored(score)[ranked[count - 1]!]!;
  }

  /**
   * Spearman's rank correlation with the scores of another pair of models, ties with average ranks.
   *
   * @param options.over `"all"` ranked neurons, or the `"union-of-top"` of both
   * @param options.top share or count of the tops whose union is taken, default 0.05
   * @throws ShapeError for models with other layers and neurons
   * @throws OptionError where the two leave out different layers
   */
  spearman(
    other: ChangeScores,
    { over, top = 0.05, score = "change" }: ScoreOption & { readonly over: "all" | "union-of-top"; readonly top?: number },
  ): number {
    if (this.layers !== other.layers || this.neurons !== other.neurons)
      throw new ShapeError("ChangeScores.spearman", "the models have different neurons", [
        [this.layers, this.neurons],
        [other.layers, other.neurons],
      ]);
    if (this.excludeLastLayers !== other.excludeLastLayers)
      throw new OptionError(
        "other.excludeLastLayers",
        other.excludeLastLayers,
        `${this.excludeLastLayers}, as here; excluding(…) changes it`,
      );
    const [mine, theirs] = [this.#order(score), other.#order(score)];
    let compared = mine;
    if (over === "union-of-top") {
      const count = topCount(top, mine.length);
      compared = Uint32Array.from(new Set([...mine.subarray(0, count), ...theirs.subarray(0, count)]));
    } else if (over !== "all") throw new OptionError("over", over, '"all" or "union-of-top"');
    const [first, second] = [this.#scored(score), other.#scored(score)];
    return spearman(
      Float32Array.from(compared, (one) => first[one]!),
      Float32Array.from(compared, (one) => second[one]!),
    );
  }

  /** Columns `rank` (from 0), `layer`, `neuron`, `score`, and mean and standard deviation under both models; one row a ranked neuron. */
  table(kind: ScoreKind = "change"): ColumnTable {
    const ranked = this.#order(kind);
    const pick = (values: Float32Array) => Float32Array.from(ranked, (one) => values[one]!);
    return table({
      rank: ranked.map((_, rank) => rank),
      layer: ranked.map((one) => Math.floor(one / this.neurons)),
      neuron: ranked.map((one) => one % this.neurons),
      score: pick(this.#scored(kind)),
      first_mean: pick(this.first.mean),
      first_std: pick(this.first.std),
      second_mean: pick(this.second.mean),
      second_std: pick(this.second.std),
    });
  }

  toString(): string {
    const left = this.excludeLastLayers === 0 ? "" : `, last ${this.excludeLastLayers} left out`;
    return `ChangeScores: ${this.layers} x ${this.neurons} neurons of ${this.model}${left}; ${this.count} positions (${this.positions})`;
  }

  #scored(kind: ScoreKind): Float32Array {
    if (kind === "change") return this.values;
    const known = this.#scores.get(kind);
    if (known !== undefined) return known;
    const scores = byLayerMean(kind === "layer" ? this.values : this.#weighted(kind), this.neurons);
    this.#scores.set(kind, scores);
    return scores;
  }

  #weighted(kind: ScoreKind): Float64Array {
    if (kind !== "value-layer") throw new OptionError("score", kind, `one of ${scoreKinds.join(", ")}`);
    const norms = this.valueNorms;
    if (norms === undefined) throw new OptionError("score", kind, '"change" or "layer" for scores without the norms of the value vectors');
    return Float64Array.from(this.values, (value, one) => value * norms[one]!);
  }

  #order(kind: ScoreKind): Uint32Array {
    const known = this.#ranked.get(kind);
    if (known !== undefined) return known;
    const scores = this.#scored(kind);
    const total = (this.layers - this.excludeLastLayers) * this.neurons;
    const order = Uint32Array.from({ length: total }, (_, one) => one).sort((a, b) => scores[b]! - scores[a]! || a - b);
    this.#ranked.set(kind, order);
    return order;
  }

  #set(flat: Uint32Array, selection: Readonly<Record<string, unknown>>): NeuronSet {
    const { excludeLastLayers, positions, count } = this;
    return NeuronSet.fromFlat(this, flat, { origin: { ...this.origin, selection: { ...selection, excludeLastLayers, positions, count } } });
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
