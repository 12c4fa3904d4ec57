import { type ColumnTable, table } from "arquero";
import { publishOrigin } from "../engine/origin-channel.js";
import { FileFormatError, OptionError, ShapeError } from "../errors.js";
import { seeded } from "../random.js";
import type { Neuron, NeuronSetNote, NeuronShape } from "./neuron.js";
import { readNeuronSetFile, writeNeuronSetFile } from "./neuron-set-file.js";
import { rankWindow, topCount } from "./rank-range.js";

export type { Neuron, NeuronSetNote, NeuronShape };

const mostNeurons = 2 ** 26;

/** An immutable set of neurons of one model, in rank order. */
export class NeuronSet implements NeuronShape, Iterable<Neuron> {
  readonly model: string;
  readonly layers: number;
  /** Neurons a layer. */
  readonly neurons: number;
  readonly origin: Readonly<Record<string, unknown>> | undefined;
  readonly shortfall: readonly number[] | undefined;
  /** Flat index `layer * neurons + index` of each rank. */
  readonly #flat: Uint32Array;
  #members: Uint8Array | undefined;

  private constructor(shape: NeuronShape, flat: Uint32Array, note: NeuronSetNote) {
    this.model = shape.model;
    this.layers = shape.layers;
    this.neurons = shape.neurons;
    this.origin = note.origin;
    this.shortfall = note.shortfall;
    this.#flat = flat;
  }

  /**
   * @param list neurons in rank order
   * @throws OptionError for a neuron that the model does not have or that comes twice
   */
  static of(shape: NeuronShape, list: Iterable<Neuron>, note: NeuronSetNote = {}): NeuronSet {
    checkShape(shape);
    const flat: number[] = [];
    for (const [layer, index] of list) {
      if (!within(layer, shape.layers) || !within(index, shape.neurons))
        throw new OptionError(`neuron ${flat.length}`, [layer, index], `[layer in [0, ${shape.layers}), index in [0, ${shape.neurons})]`);
      flat.push(layer * shape.neurons + index);
    }
    return NeuronSet.fromFlat(shape, Uint32Array.from(flat), note);
  }

  /**
   * @param flat `layer * neurons + index` of each neuron, in rank order; copied
   * @throws OptionError for a neuron that the model does not have or that comes twice
   */
  static fromFlat(shape: NeuronShape, flat: Uint32Array, note: NeuronSetNote = {}): NeuronSet {
    checkShape(shape);
    const total = shape.layers * shape.neurons;
    const set = new NeuronSet(shape, flat.slice(), note);
    const members = new Uint8Array(total);
    for (const [rank, one] of flat.entries()) {
      if (one >= total) throw new OptionError(`neuron ${rank}`, one, `a flat index in [0, ${total})`);
      if (members[one] === 1) throw new OptionError(`neuron ${rank}`, pair(one, shape.neurons), "each neuron once");
      members[one] = 1;
    }
    set.#members = members;
    return set;
  }

  /**
   * Reads a file that {@link save} or `neuronbook find --neurons` wrote.
   *
   * @throws NotFoundError where there is no such file
   * @throws FileFormatError for anything but a valid neuron set
   */
  static load(file: string): NeuronSet {
    const { shape, list, note } = readNeuronSetFile(file);
    try {
      const set = NeuronSet.of(shape, list, note);
      if (set.origin !== undefined) publishOrigin({ run: set.origin });
      return set;
    } catch (error) {
      if (error instanceof OptionError) throw new FileFormatError(file, error.message, { cause: error });
      throw error;
    }
  }

  /** Writes `{model, layers, neurons, set: [[layer, index], …]}`, `set` in rank order, with `origin` and `shortfall` where known. */
  save(file: string): void {
    const note = { origin: this.origin, shortfall: this.shortfall };
    writeNeuronSetFile(file, { shape: { model: this.model, layers: this.layers, neurons: this.neurons }, list: [...this], note });
  }

  get count(): number {
    return this.#flat.length;
  }

  has(layer: number, index: number): boolean {
    return within(layer, this.layers) && within(index, this.neurons) && this.#member(layer * this.neurons + index);
  }

  *[Symbol.iterator](): IterableIterator<Neuron> {
    for (const one of this.#flat) yield pair(one, this.neurons);
  }

  /** Number of neurons in each layer, `(layers)`. */
  perLayer(): Uint32Array {
    const counts = new Uint32Array(this.layers);
    for (const one of this.#flat) counts[Math.floor(one / this.neurons)]! += 1;
    return counts;
  }

  /** 1 where a neuron belongs to the set, `(layers, neurons)` row by row. */
  mask(): Uint8Array {
    return this.#mask().slice();
  }

  /** The first neurons by rank: a share below 1 (`floor(p * count)`) or an integer count. */
  top(p: number): NeuronSet {
    return this.#slice(0, topCount(p, this.count));
  }

  /** Ranks `from` to `to`, `to` excluded, counted from 0; shares where either bound lies between 0 and 1. */
  window(from: number, to: number): NeuronSet {
    return this.#slice(...rankWindow(from, to, this.count));
  }

  /**
   * The set in consecutive windows by rank, all of the size that `top(size)` has: a share below 1 or an integer count. Neurons that do not
   * fill a window are left out.
   *
   * @throws OptionError for a size that selects no neuron
   */
  windows(size: number): NeuronSet[] {
    const count = topCount(size, this.count);
    if (count === 0) throw new OptionError("size", size, `at least one of the ${this.count} neurons`);
    return Array.from({ length: Math.floor(this.count / count) }, (_, i) => this.#slice(i * count, (i + 1) * count));
  }

  /** This set's neurons in their order, then the other's remaining ones in theirs. */
  union(other: NeuronSet): NeuronSet {
    this.#checkSame("union", other);
    return this.#derive([...this.#flat, ...other.#flat.filter((one) => !this.#member(one))]);
  }

  /** Neurons of both sets, in this set's order. */
  intersection(other: NeuronSet): NeuronSet {
    this.#checkSame("intersection", other);
    return this.#derive(this.#flat.filter((one) => other.#member(one)));
  }

  /** Neurons of this set that the other lacks, in this set's order. */
  difference(other: NeuronSet): NeuronSet {
    this.#checkSame("difference", other);
    return this.#derive(this.#flat.filter((one) => !other.#member(one)));
  }

  /**
   * |A and B| / |A| of two sets of equal size; NaN for empty sets.
   *
   * @throws OptionError for sets of different sizes, where this number would depend on which comes first
   */
  overlap(other: NeuronSet): number {
    if (this.count !== other.count)
      throw new OptionError(
        "other",
        `${other.count} neurons`,
        `as many neurons as this set has (${this.count}); use jaccard for unequal sizes`,
      );
    return this.intersection(other).count / this.count;
  }

  /** |A and B| / |A or B|; NaN for empty sets. */
  jaccard(other: NeuronSet): number {
    const shared = this.intersection(other).count;
    return shared / (this.count + other.count - shared);
  }

  /**
   * A random control: rank by rank a neuron of the same layer, so that `random(…).top(k)` is a control for `top(k)`. Disjoint from
   * this set where the layer has enough other neurons; elsewhere all others come first and the rest comes from this set, and
   * `shortfall` names these layers.
   */
  random({ seed }: { readonly seed: number }): NeuronSet {
    const random = seeded(seed);
    const shortfall: number[] = [];
    const draws = Array.from(this.perLayer(), (count, layer) => {
      const others: number[] = [];
      const own: number[] = [];
      if (count > 0)
        for (let one = layer * this.neurons; one < (layer + 1) * this.neurons; one++) (this.#member(one) ? own : others).push(one);
      const missing = Math.max(0, count - others.length);
      if (missing > 0) shortfall.push(layer);
      const drawn = Array.from(random.sample(others.length, count - missing), (position) => others[position]!);
      const shared = Array.from(random.sample(own.length, missing), (position) => own[position]!);
      return (missing > 0 ? random.shuffle([...drawn, ...shared]) : drawn).values();
    });
    const flat = this.#flat.map((one) => draws[Math.floor(one / this.neurons)]!.next().value!);
    return NeuronSet.fromFlat(this, flat, { origin: { random: { seed, of: this.origin ?? null } }, shortfall });
  }

  /** Columns `rank` (from 0), `layer`, `neuron`. */
  table(): ColumnTable {
    return table({
      rank: this.#flat.map((_, rank) => rank),
      layer: this.#flat.map((one) => Math.floor(one / this.neurons)),
      neuron: this.#flat.map((one) => one % this.neurons),
    });
  }

  toString(): string {
    const held = [...this.perLayer().entries()].filter(([, count]) => count > 0).map(([layer]) => layer);
    const where = held.length === 0 ? "" : ` in ${held.length} of ${this.layers} layers (${held[0]} to ${held.at(-1)})`;
    return `NeuronSet: ${this.count} of ${this.layers * this.neurons} neurons of ${this.model}${where}`;
  }

  #member(flat: number): boolean {
    return this.#mask()[flat] === 1;
  }

  #mask(): Uint8Array {
    if (this.#members === undefined) {
      this.#members = new Uint8Array(this.layers * this.neurons);
      for (const one of this.#flat) this.#members[one] = 1;
    }
    return this.#members;
  }

  #slice(from: number, to: number): NeuronSet {
    return this.#derive(this.#flat.subarray(from, to), this.shortfall);
  }

  #derive(flat: ArrayLike<number>, shortfall?: readonly number[]): NeuronSet {
    return new NeuronSet(this, Uint32Array.from(flat), { origin: this.origin, shortfall });
  }

  #checkSame(op: string, other: NeuronSet): void {
    if (this.layers !== other.layers || this.neurons !== other.neurons)
      throw new ShapeError(
        `NeuronSet.${op}`,
        `sets of (${this.layers}, ${this.neurons}) and (${other.layers}, ${other.neurons}) neurons do not go together`,
        [
          [this.layers, this.neurons],
          [other.layers, other.neurons],
        ],
      );
    if (this.model !== other.model)
      throw new OptionError(
        "other",
        other.model,
        `a set of ${this.model}; NeuronSet.of gives a set another model name where both are the same`,
      );
  }
}

function checkShape({ model, layers, neurons }: NeuronShape): void {
  if (typeof model !== "string") throw new OptionError("model", model, "the model's name");
  if (!Number.isInteger(layers) || layers < 1) throw new OptionError("layers", layers, "an integer of at least 1");
  if (!Number.isInteger(neurons) || neurons < 1) throw new OptionError("neurons", neurons, "an integer of at least 1");
  if (layers * neurons > mostNeurons) throw new OptionError("layers * neurons", layers * neurons, `at most ${mostNeurons}`);
}

const within = (value: number, size: number) => Number.isInteger(value) && value >= 0 && value < size;
const pair = (flat: number, neurons: number): Neuron => [Math.floor(flat / neurons), flat % neurons];
