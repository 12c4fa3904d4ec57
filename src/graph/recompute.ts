/**
 * @file Results of cheap ops need not stay in memory from forward to backward: what backward reads of them is made again, from values that
 * do stay (gradient checkpointing, Chen et al. 2016, arXiv 1604.06174, op by op).
 */
import { add, mul } from "./elementwise.js";
import { rmsNorm } from "./reduction.js";
import { integers, type Operation, operation, type Tensor } from "./tensor.js";

/** Which ops run again. */
export type Cheap = (op: Operation) => boolean;

export class Recomputation {
  private readonly known = new Map<Tensor, Tensor>();
  /** by gradient: the number 0, known when the gradient is */
  private readonly zeros = new Map<Tensor, Tensor>();

  constructor(private readonly cheap: Cheap) {}

  /**
   * An op as its vector-Jacobian product shall read it.
   * @param gradient of one of its outputs; nothing is made again before it is there
   */
  late(op: Operation, gradient: Tensor): Operation {
    const late = (tensor: Tensor | null) => tensor && this.again(tensor, gradient);
    return { ...op, inputs: op.inputs.map(late), outputs: op.outputs.map(late) };
  }

  private again(tensor: Tensor, gradient: Tensor): Tensor {
    const known = this.known.get(tensor);
    if (known) return known;
    const made = this.make(tensor, gradient);
    this.known.set(tensor, made);
    return made;
  }

  private make(tensor: Tensor, gradient: Tensor): Tensor {
    const { source } = tensor;
    if (source.kind !== "op") return tensor;
    if (source.type === "SkipSimplifiedLayerNormalization" && tensor === source.outputs[0]) return this.normAgain(source, gradient);
    if (!this.cheap(source)) return tensor;
    const inputs = source.inputs.map((input) => input && this.again(input, gradient));
    // what hangs on nothing computed would run at once: as well keep it
    if (!inputs.some((input) => input?.source.kind === "op")) return tensor;
    const waiting = inputs.map((input, i) =>
      input && input === source.inputs[i] && input.source.kind === "op" ? this.after(input, gradient) : input,
    );
    const at = source.outputs.indexOf(tensor);
    return operation(
      source.type,
      waiting,
      source.outputs.map((output) => output && ([output.dtype, output.shape] as const)),
      source.attributes,
      source.domain,
    )[at]!;
  }

  /** The norm of a sum that stays, without adding again. */
  private normAgain(op: Operation, gradient: Tensor): Tensor {
    const { float: epsilon } = op.attributes.epsilon as { float: number };
    return rmsNorm(this.after(op.outputs[3]!, gradient), op.inputs[2]!, epsilon);
  }

  /**
   * `x` once `gradient` is there. A reshape to its own shape moves no data; that the shape waits for the gradient keeps the runtime from
   * running what follows early, and from finding that it has run before.
   */
  private after(x: Tensor, gradient: Tensor): Tensor {
    const zero = this.zeros.get(gradient) ?? mul(operation("Size", [gradient], [["int64", []]])[0], integers(0));
    this.zeros.set(gradient, zero);
    // 0 keeps a size as it is
    const shape = integers(x.shape.map((dim) => (typeof dim === "number" ? dim : 0)));
    return operation("Reshape", [x, add(shape, zero)], [[x.dtype, x.shape]])[0];
  }
}
