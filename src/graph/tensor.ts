/**
 * @file Symbolic tensors. A graph is nothing but tensors that know how they were made: an op over other tensors, an input, a
 * constant or a weight in a file. Compiling (onnx.ts) walks back from the wanted outputs, so what no output needs is never
 * computed, and gradients can walk the same links. Tensors are immutable; there is no graph object to keep in step.
 */
import { ShapeError } from "../errors.js";

/** A number, or the name of a size that is known only when the graph runs (`"batch"`, `"time"`). */
export type Dim = number | string;

export type Shape = readonly Dim[];

/** Element types of tensors in a graph; `float16` and `bfloat16` occur only as weights in files and are cast to float32. */
export type DType = "float32" | "float16" | "bfloat16" | "int32" | "int64" | "bool";

export type Attribute = number | string | readonly number[] | { readonly float: number };

/**
 * One node: an ONNX op name, its domain, inputs (null = left out) and attributes. An op with branches has subgraphs for attributes, each with one
 * result; of its inputs it reads the first alone, the others are what its branches read.
 */
export interface Operation {
  readonly kind: "op";
  readonly type: string;
  readonly domain: "" | "com.microsoft";
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly branches?: Readonly<Record<string, Tensor>>;
  /** null = an optional result that is not computed */
  readonly outputs: (Tensor | null)[];
}

/** A value fed at each run. */
export interface GraphInput {
  readonly kind: "input";
  readonly name: string;
}

/** A value written into the graph itself; keep it small. */
export interface Constant {
  readonly kind: "constant";
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/** Bytes in a file, used in place. */
export interface Weight {
  readonly kind: "weight";
  readonly name: string;
  /** absolute path, links resolved */
  readonly file: string;
  /** of the first byte, from the start of the file */
  readonly offset: number;
  readonly bytes: number;
}

export class Tensor {
  constructor(
    readonly dtype: DType,
    readonly shape: Shape,
    readonly source: Operation | GraphInput | Constant | Weight,
  ) {
    if (source.kind === "constant" && source.data.length !== shape.reduce<number>((n, dim) => n * Number(dim), 1))
      throw new ShapeError("constant", `${source.data.length} values do not make shape (${shape.join(", ")})`, [shape]);
    for (const dim of shape)
      if (typeof dim === "number" && (!Number.isInteger(dim) || dim < 0))
        throw new ShapeError("tensor", `a size must be a whole number >= 0 or a name; got ${dim}`, [shape]);
  }

  get rank(): number {
    return this.shape.length;
  }
}

/** A tensor that is fed at each run, e.g. `input("ids", "int64", ["batch", "time"])`. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return new Tensor(dtype, shape, { kind: "input", name });
}

/** A weight that stays where it is; `float16` and `bfloat16` are cast to float32 when the session is made. */
export function weight(at: Omit<Weight, "kind">, dtype: DType, shape: readonly number[]): Tensor {
  const stored = new Tensor(dtype, shape, { kind: "weight", name: at.name, file: at.file, offset: at.offset, bytes: at.bytes });
  return dtype === "float32" ? stored : operation("Cast", [stored], [["float32", shape]], { to: 1 })[0];
}

/** A float32 constant; `shape` defaults to a scalar. */
export function constant(data: number | Float32Array, shape?: readonly number[]): Tensor {
  const values = typeof data === "number" ? Float32Array.of(data) : data;
  return new Tensor("float32", shape ?? (typeof data === "number" ? [] : [values.length]), { kind: "constant", data: values });
}

/** An int64 constant; one number gives a scalar, a list a vector. */
export function integers(data: number | readonly number[]): Tensor {
  const values = typeof data === "number" ? [data] : data;
  return new Tensor("int64", typeof data === "number" ? [] : [values.length], {
    kind: "constant",
    data: BigInt64Array.from(values, BigInt),
  });
}

/**
 * Makes a node; `outputs` gives dtype and shape of each result, null for an optional one that is not wanted. Op functions call this
 * after they have checked shapes.
 */
export function operation<const O extends readonly (readonly [DType, Shape] | null)[]>(
  type: string,
  inputs: readonly (Tensor | null)[],
  outputs: O,
  attributes: Readonly<Record<string, Attribute>> = {},
  domain: "" | "com.microsoft" = "",
  branches?: Operation["branches"],
): { readonly [K in keyof O]: O[K] extends null ? null : Tensor } {
  const made: Operation = { kind: "op", type, domain, inputs, attributes, branches, outputs: [] };
  for (const output of outputs) made.outputs.push(output && new Tensor(output[0], output[1], made));
  return made.outputs as unknown as { readonly [K in keyof O]: O[K] extends null ? null : Tensor };
}
