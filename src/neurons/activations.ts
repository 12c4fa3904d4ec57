import type { Tensor } from "@tensorflow/tfjs";
import { type ColumnTable, table } from "arquero";
import { OptionError, ShapeError } from "../errors.js";
import { tensorflow } from "./tensorflow.js";

/** Where a row of activations comes from. */
export interface ActivationRow {
  /** Index of the prompt in the call. */
  readonly prompt: number;
  /** Token index in the prompt and its continuation, from 0. */
  readonly position: number;
  /** Id of the token at that position. */
  readonly token: number;
}

export interface ActivationsFields {
  /** TransformerLens name, e.g. `"blocks.3.mlp.hook_post"`. */
  readonly site: string;
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
  /** Name of each axis, e.g. `["position", "neuron"]` or `["position", "head", "dim"]`. */
  readonly axes: readonly string[];
  /** Origin of each index of the first axis. */
  readonly rows: readonly ActivationRow[];
}

/** Captured activations of one site: a float32 array with its shape. */
export class Activations implements ActivationsFields {
  readonly site: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly axes: readonly string[];
  readonly rows: readonly ActivationRow[];

  /** @throws ShapeError where shape, axes, rows and data do not fit together */
  constructor({ site, shape, data, axes, rows }: ActivationsFields) {
    const elements = shape.reduce((product, size) => product * size, 1);
    if (shape.length < 1 || shape.length !== axes.length || shape[0] !== rows.length || elements !== data.length)
      throw new ShapeError(
        "Activations",
        `${site}: shape [${shape}] with axes [${axes}], ${rows.length} rows and ${data.length} numbers do not go together`,
        [shape, [rows.length], [data.length]],
      );
    this.site = site;
    this.shape = shape;
    this.data = data;
    this.axes = axes;
    this.rows = rows;
  }

  /** Numbers in a row: the product of all axes but the first. */
  get units(): number {
    return this.shape.slice(1).reduce((product, size) => product * size, 1);
  }

  /** All activations at one position, `(units)`: a view, not a copy. */
  row(i: number): Float32Array {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows.length) throw new OptionError("row", i, `an integer in [0, ${this.rows.length})`);
    return this.data.subarray(i * this.units, (i + 1) * this.units);
  }

  /**
   * Columns `prompt`, `position`, `token`, then one row a number with `unit`, its index along each further axis where there are several,
   * and `value`.
   *
   * @param options.units with units listed, one row a position instead and a column `unit_N` for each
   * @throws OptionError for a unit that the site does not have
   */
  table({ units }: { readonly units?: readonly number[] } = {}): ColumnTable {
    return units === undefined ? this.#long() : this.#wide(units);
  }

  /** A TensorFlow.js tensor of this shape, float32; a copy that is the caller's to dispose of. */
  async tensor(): Promise<Tensor> {
    const { tf } = await tensorflow();
    return tf.tensor(this.data.slice(), [...this.shape], "float32");
  }

  /**
   * A tensor's numbers in place of those of `like`, whose site, axes and rows they take. The tensor is not disposed of.
   *
   * @throws ShapeError for a tensor of another shape
   */
  static async fromTensor(tensor: Tensor, like: Activations): Promise<Activations> {
    if (tensor.shape.join() !== like.shape.join())
      throw new ShapeError("Activations.fromTensor", `a tensor of shape [${tensor.shape}] in place of [${like.shape}]`, [
        tensor.shape,
        like.shape,
      ]);
    return new Activations({ ...like, data: Float32Array.from(await tensor.data()) });
  }

  /** Shape and the first numbers of the first rows. */
  toString(): string {
    const lines = this.rows.slice(0, 4).map(({ prompt, position, token }, i) => {
      const numbers = Array.from(this.row(i).subarray(0, 6), (value) => value.toPrecision(3));
      return `  prompt ${prompt}, position ${position}, token ${token}: ${numbers.join(" ")}${this.units > 6 ? " …" : ""}`;
    });
    const more = this.rows.length > lines.length ? [`  … ${this.rows.length - lines.length} more rows`] : [];
    return [`Activations ${this.site}: float32 (${this.shape.join(", ")}) [${this.axes.join(", ")}]`, ...lines, ...more].join("\n");
  }

  #long(): ColumnTable {
    const { units, data } = this;
    const origin = (key: keyof ActivationRow) => Int32Array.from(data, (_, i) => this.rows[Math.floor(i / units)]![key]);
    const along: Record<string, Uint32Array> = {};
    let stride = units;
    for (const [axis, name] of this.axes.entries()) {
      const size = this.shape[axis]!;
      if (axis === 0 || this.axes.length === 2) continue;
      stride /= size;
      const step = stride;
      along[name] = Uint32Array.from(data, (_, i) => Math.floor(i / step) % size);
    }
    return table({
      prompt: origin("prompt"),
      position: origin("position"),
      token: origin("token"),
      unit: Uint32Array.from(data, (_, i) => i % units),
      ...along,
      value: data.slice(),
    });
  }

  #wide(units: readonly number[]): ColumnTable {
    const origin = (key: keyof ActivationRow) => Int32Array.from(this.rows, (row) => row[key]);
    const columns = units.map((unit): [string, Float32Array] => {
      if (!Number.isInteger(unit) || unit < 0 || unit >= this.units)
        throw new OptionError("units", unit, `integers in [0, ${this.units}), the units of ${this.site}`);
      return [`unit_${unit}`, Float32Array.from(this.rows, (_, i) => this.data[i * this.units + unit]!)];
    });
    return table({ prompt: origin("prompt"), position: origin("position"), token: origin("token"), ...Object.fromEntries(columns) });
  }
}
