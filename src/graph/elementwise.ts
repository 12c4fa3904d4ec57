/** @file Ops that work element by element, with broadcasting. */
import { ShapeError } from "../errors.js";
import { broadcast, show } from "./shape.js";
import { constant, type DType, operation, type Tensor } from "./tensor.js";

const asTensor = (x: Tensor | number): Tensor => (typeof x === "number" ? constant(x) : x);

function binary(type: string, a: Tensor | number, b: Tensor | number, dtype?: DType): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  checkTypes(type, x, y);
  return operation(type, [x, y], [[dtype ?? x.dtype, broadcast(type, x.shape, y.shape)]])[0];
}

function checkTypes(type: string, x: Tensor, y: Tensor): void {
  if (x.dtype !== y.dtype)
    throw new ShapeError(type, `dtypes ${x.dtype} ${show(x.shape)} and ${y.dtype} ${show(y.shape)} differ; use cast`, [x.shape, y.shape]);
}

const unary = (type: string, x: Tensor): Tensor => operation(type, [x], [[x.dtype, x.shape]])[0];

export const add = (a: Tensor | number, b: Tensor | number): Tensor => binary("Add", a, b);
export const sub = (a: Tensor | number, b: Tensor | number): Tensor => binary("Sub", a, b);
export const mul = (a: Tensor | number, b: Tensor | number): Tensor => binary("Mul", a, b);
export const div = (a: Tensor | number, b: Tensor | number): Tensor => binary("Div", a, b);
export const pow = (a: Tensor | number, b: Tensor | number): Tensor => binary("Pow", a, b);
export const maximum = (a: Tensor | number, b: Tensor | number): Tensor => binary("Max", a, b);
export const minimum = (a: Tensor | number, b: Tensor | number): Tensor => binary("Min", a, b);
export const greater = (a: Tensor | number, b: Tensor | number): Tensor => binary("Greater", a, b, "bool");
export const less = (a: Tensor | number, b: Tensor | number): Tensor => binary("Less", a, b, "bool");
export const equal = (a: Tensor, b: Tensor): Tensor => binary("Equal", a, b, "bool");
export const and = (a: Tensor, b: Tensor): Tensor => binary("And", a, b, "bool");

export const neg = (x: Tensor): Tensor => unary("Neg", x);
export const abs = (x: Tensor): Tensor => unary("Abs", x);
export const exp = (x: Tensor): Tensor => unary("Exp", x);
export const log = (x: Tensor): Tensor => unary("Log", x);
export const sqrt = (x: Tensor): Tensor => unary("Sqrt", x);
export const tanh = (x: Tensor): Tensor => unary("Tanh", x);
export const relu = (x: Tensor): Tensor => unary("Relu", x);
export const sigmoid = (x: Tensor): Tensor => unary("Sigmoid", x);

/** `x`, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => unary("Identity", x);

/** `log(1 + exp(x))`, exact for large `x` too. */
export const softplus = (x: Tensor): Tensor => unary("Softplus", x);

/** `x * sigmoid(x)`. */
export const silu = (x: Tensor): Tensor => operation("QuickGelu", [x], [[x.dtype, x.shape]], { alpha: { float: 1 } }, "com.microsoft")[0];

/** GELU; `approximate` "tanh" is Gemma's `gelu_pytorch_tanh`. */
export const gelu = (x: Tensor, approximate: "none" | "tanh" = "none"): Tensor =>
  operation("Gelu", [x], [[x.dtype, x.shape]], { approximate })[0];

/** `a` where `condition` holds, else `b`. */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)];
  if (condition.dtype !== "bool") throw new ShapeError("Where", `the condition must be bool; got ${condition.dtype}`);
  checkTypes("Where", x, y);
  const shape = broadcast("Where", condition.shape, broadcast("Where", x.shape, y.shape));
  return operation("Where", [condition, x, y], [[x.dtype, shape]])[0];
}

const CODES: Record<DType, number> = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 };

export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : operation("Cast", [x], [[dtype, x.shape]], { to: CODES[dtype] })[0];
