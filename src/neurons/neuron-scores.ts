import { type ColumnTable, table } from "arquero";
import { OptionError, ShapeError } from "../errors.js";
import { spearman } from "../statistics/rank-correlation.js";
import { skewness } from "../statistics/skewness.js";
import type { NeuronShape } from "./neuron.js";
import { NeuronSet } from "./neuron-set.js";
import { rankWindow, topCount } from "./rank-range.js";

export interface NeuronScoresFields extends NeuronShape {
  /** What the numbers are, e.g. `"change"` or `"wanda"`. */
  readonly score: string;
  /** `(layers, neurons)`, float32; higher ranks first. */
  readonly values: Float32Array;
  /** How many of the last layers stay out of the ranking. */
  readonly excludeLastLayers: number;
  /** Name of the positions read, e.g. `"predicting"`. */
  readonly positions: string;
  /** Number of positions read, over all prompts. */
  readonly count: number;
  /** Models, prompts, options, versions. Must be JSON. */
  readonly origin: Readonly<Record<string, unknown>>;
}

/** Which scores two rankings are compared over. */
export interface CompareOptions {
  /** `"all"` ranked neurons, or the `"union-of-top"` of both. */
  readonly over: "all" | "union-of-top";
  /** Share or count of the tops whose union is taken, default 0.05. */
  readonly top?: number;
}

/** One number a neuron, by which neurons are ranked and selected. An immutable value. */
export class NeuronScores implements NeuronScoresFields {
  readonly model: string;
  readonly layers: number;
  /** Neurons a layer. */
  readonly neurons: number;
  readonly score: string;
  readonly values: Float32Array;
  readonly excludeLastLayers: number;
  readonly positions: string;
  readonly count: number;
  readonly origin: Readonly<Record<string, unknown>>;
  #ranked: Uint32Array | undefined;

  /**
   * @throws ShapeError for values of another size than `(layers, neurons)`
   * @throws OptionError for values that are not finite, and where no layer is left to rank
   */
  constructor(fields: NeuronScoresFields) {
    const { layers, neurons, values, excludeLastLayers } = fields;
    if (values.length !== layers * neurons)
      throw new ShapeError("NeuronScores", `${values.length} numbers for (${layers}, ${neurons}) neurons`, [
        [values.length],
        [layers, neurons],
      ]);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new OptionError(`score of neuron [${Math.floor(wrong / neurons)}, ${wrong % neurons}]`, values[wrong], "a finite number");
    if (!Number.isInteger(excludeLastLayers) || excludeLastLayers < 0 || excludeLastLayers >= layers)
      throw new OptionError("excludeLastLayers", excludeLastLayers, `an integer in [0, ${layers})`);
    this.model = fields.model;
    this.layers = layers;
    this.neurons = neurons;
    this.score = fields.score;
    this.values = values;
    this.excludeLastLayers = excludeLastLayers;
    this.positions = fields.positions;
    this.count = fields.count;
    this.origin = fields.origin;
  }

  /** Flat indices `layer * neurons + index` by falling score; ties by (layer, index). Excluded layers are left out. */
  ranked(): Uint32Array {
    return this.#order().slice();
  }

  /** The neurons with the highest scores: a share below 1 of the ranked ones (`floor(p * ranked)`), or an integer count. */
  top(p: number): NeuronSet {
    const ranked = this.#order();
    return this.#set(ranked.subarray(0, topCount(p, ranked.length)), { top: p });
  }

  /** Ranks `from` to `to`, `to` excluded, counted from 0; shares of the ranked neurons where either bound lies between 0 and 1. */
  window(from: number, to: number): NeuronSet {
    const ranked = this.#order();
    return this.#set(ranked.subarray(...rankWindow(from, to, ranked.length)), { window: [from, to] });
  }

  /** All ranked neurons in consecutive windows of equal size, see {@link NeuronSet.windows}; the first is `top(size)`. */
  windows(size: number): NeuronSet[] {
    return this.#set(this.#order(), { windows: size }).windows(size);
  }

  /** The lowest score that `top(p)` selects; NaN where it selects none. */
  threshold(p: number): number {
    const ranked = this.#order();
    const count = topCount(p, ranked.length);
    return count === 0 ? Number.NaN : this.values[ranked[count - 1]]!;
  }

  /** Skewness of the scores of all ranked neurons. */
  skewness(): number {
    return skewness(Float32Array.from(this.#order(), (one) => this.values[one]));
  }

  /**
   * Spearman's rank correlation with other scores of the same neurons, ties with average ranks.
   *
   * @throws ShapeError for models with other layers and neurons
   * @throws OptionError where the two leave out different layers
   */
  spearman(other: NeuronScores, { over, top = 0.05 }: CompareOptions): number {
    this.#checkSame("spearman", other);
    const [mine, theirs] = [this.#order(), other.#order()];
    let compared = mine;
    if (over === "union-of-top") {
      const count = topCount(top, mine.length);
      compared = Uint32Array.from(new Set([...mine.subarray(0, count), ...theirs.subarray(0, count)]));
    } else if (over !== "all") throw new OptionError("over", over, '"all" or "union-of-top"');
    return spearman(
      Float32Array.from(compared, (one) => this.values[one]),
      Float32Array.from(compared, (one) => other.values[one]),
    );
  }

  /**
   * Share of the neurons of `top(p)` that are also among the other's.
   *
   * @throws ShapeError for models with other layers and neurons
   * @throws OptionError where the two leave out different layers
   */
  overlap(other: NeuronScores, p: number): number {
    this.#checkSame("overlap", other);
    const count = topCount(p, this.#order().length);
    const mine = new Set(this.#order().subarray(0, count));
    return (
      other
        .#order()
        .subarray(0, count)
        .filter((one) => mine.has(one)).length / count
    );
  }

  /** The same scores with another number of last layers left out of the ranking. */
  excluding(lastLayers: number): NeuronScores {
    return new NeuronScores({ ...this, excludeLastLayers: lastLayers });
  }

  /** Columns `rank` (from 0), `layer`, `neuron`, `score`; one row a ranked neuron. */
  table(): ColumnTable {
    const ranked = this.#order();
    return table({
      rank: ranked.map((_, rank) => rank),
      layer: ranked.map((one) => Math.floor(one / this.neurons)),
      neuron: ranked.map((one) => one % this.neurons),
      score: Float32Array.from(ranked, (one) => this.values[one]),
    });
  }

  toString(): string {
    const left = this.excludeLastLayers === 0 ? "" : `, last ${this.excludeLastLayers} left out`;
    return `NeuronScores (${this.score}): ${this.layers} x ${this.neurons} neurons of ${this.model}${left}; ${this.count} positions (${this.positions})`;
  }

  #order(): Uint32Array {
    const { values, layers, neurons, excludeLastLayers } = this;
    this.#ranked ??= Uint32Array.from({ length: (layers - excludeLastLayers) * neurons }, (_, one) => one).sort(
      (a, b) => values[b] - values[a] || a - b,
    );
    return this.#ranked;
  }

  #set(flat: Uint32Array, selection: Readonly<Record<string, unknown>>): NeuronSet {
    const { score, excludeLastLayers, positions, count } = this;
    const note = { ...this.origin, selection: { score, ...selection, excludeLastLayers, positions, count } };
    return NeuronSet.fromFlat(this, flat, { origin: note });
  }

  #checkSame(op: string, other: NeuronScores): void {
    if (this.layers !== other.layers || this.neurons !== other.neurons)
      throw new ShapeError(`NeuronScores.${op}`, "the models have different neurons", [
        [this.layers, this.neurons],
        [other.layers, other.neurons],
      ]);
    if (this.excludeLastLayers !== other.excludeLastLayers)
      throw new OptionError(
        "other.excludeLastLayers",
        other.excludeLastLayers,
        `${this.excludeLastLayers}, as here; excluding(…) changes it`,
      );
  }
}
