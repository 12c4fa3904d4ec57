/** @file Gradients of ops that work element by element. */
import { add, cast, div, equal, greater, log, mul, neg, pow, sigmoid, sub, where } from "../elementwise.js";
import { constant, type Operation, operation, type Tensor } from "../tensor.js";
import { outputOf, single, unbroadcast, type Vjp } from "./vjp.js";

type Binary = (a: Tensor, b: Tensor, gradient: Tensor, output: Tensor) => [() => Tensor, () => Tensor];

const binary = (rule: Binary): Vjp =>
  single((op, gradient, wants) => {
    const [a, b] = op.inputs as [Tensor, Tensor];
    return rule(a, b, gradient, outputOf(op)).map((part, i) => (wants[i] ? unbroadcast(part(), i === 0 ? a : b) : undefined));
  });

const unary = (rule: (x: Tensor, gradient: Tensor, output: Tensor, op: Operation) => Tensor): Vjp =>
  single((op, gradient) => [rule(op.inputs[0]!, gradient, outputOf(op), op)]);

/** The larger (or smaller) operand gets the gradient; where both are equal each gets half, as torch gives it. */
const chosen = (wins: (a: Tensor, b: Tensor) => Tensor): Vjp =>
  binary((a, b, g) => {
    const tie = mul(cast(equal(a, b), "float32"), 0.5);
    return [() => mul(g, add(cast(wins(a, b), "float32"), tie)), () => mul(g, add(cast(wins(b, a), "float32"), tie))];
  });

/** d/dx of x * sigmoid(alpha x); alpha is 1 in every graph that is made here. */
const silu: Vjp = unary((x, g, y) => {
  const s = sigmoid(x);
  return mul(g, add(s, mul(y, sub(1, s))));
});

const erf = (x: Tensor): Tensor => operation("Erf", [x], [[x.dtype, x.shape]])[0];

const gelu: Vjp = unary((x, g, _, op) => (op.attributes.approximate === "tanh" ? mul(g, tanhGelu(x)) : mul(g, exactGelu(x))));

function exactGelu(x: Tensor): Tensor {
  const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(operation("Exp", [mul(mul(x, x), -0.5)], [[x.dtype, x.shape]])[0], 1 / Math.sqrt(2 * Math.PI));
  return add(cdf, mul(x, density));
}

function tanhGelu(x: Tensor): Tensor {
  const c = Math.sqrt(2 / Math.PI);
  const square = mul(x, x);
  const inner = mul(mul(x, add(mul(square, 0.044715), 1)), c);
  const t = operation("Tanh", [inner], [[x.dtype, x.shape]])[0];
  const slope = mul(add(mul(square, 3 * 0.044715), 1), c);
  return add(mul(add(t, 1), 0.5), mul(mul(mul(x, 0.5), sub(1, mul(t, t))), slope));
}

export const ELEMENTWISE: Readonly<Record<string, Vjp>> = {
  Add: binary((_a, _b, g) => [() => g, () => g]),
  Sub: binary((_a, _b, g) => [() => g, () => neg(g)]),
  Mul: binary((a, b, g) => [() => mul(g, b), () => mul(g, a)]),
  Div: binary((_a, b, g, y) => [() => div(g, b), () => neg(div(mul(g, y), b))]),
  Pow: binary((a, b, g, y) => [() => mul(g, mul(b, pow(a, sub(b, 1)))), () => mul(g, mul(y, log(a)))]),
  Max: chosen(greater),
  Min: chosen((a, b) => greater(b, a)),
  Neg: unary((_x, g) => neg(g)),
  Abs: unary((x, g) => mul(g, operation("Sign", [x], [[x.dtype, x.shape]])[0])),
  Exp: unary((_x, g, y) => mul(g, y)),
  Log: unary((x, g) => div(g, x)),
  Sqrt: unary((_x, g, y) => div(mul(g, 0.5), y)),
  Tanh: unary((_x, g, y) => mul(g, sub(1, mul(y, y)))),
  Relu: unary((x, g) => mul(g, cast(greater(x, 0), "float32"))),
  Sigmoid: unary((_x, g, y) => mul(g, mul(y, sub(1, y)))),
  Softplus: unary((x, g) => mul(g, sigmoid(x))),
  // stopGradient
  Identity: () => [undefined],
  QuickGelu: silu,
  Gelu: gelu,
  Where: single((op, g, wants) => {
    const [condition, a, b] = op.inputs as [Tensor, Tensor, Tensor];
    const zero = constant(0);
    return [
      undefined,
      wants[1] ? unbroadcast(where(condition, g, zero), a) : undefined,
      wants[2] ? unbroadcast(where(condition, zero, g), b) : undefined,
    ];
  }),
  Cast: unary((x, g) => cast(g, x.dtype)),
};
