/**
 * @file Logistic regression as scikit-learn defines it by default: L2 with strength 1 / C, a free bias, features as they are.
 *
 *     minimise over w, b:   C * sum over rows i of log(1 + exp(-s_i (w · x_i + b))) + |w|² / 2,   s_i = 1 or -1
 *
 * Newton's method; each step is solved by preconditioned conjugate gradients (Nocedal and Wright, Numerical Optimization, algorithm 7.1).
 * Products with the Hessian, where the work is, run on TensorFlow.js in float32. Objective and gradient are float64, so that
 * float32 affects how fast the optimum is found and not where it is. Deterministic on one backend.
 */
import type { Tensor2D } from "@tensorflow/tfjs";
import { EngineError, OptionError, ShapeError } from "../errors.js";
import { type Tensorflow, tensorflow, tensorflowInUse } from "../neurons/tensorflow.js";
import type { Features } from "./features.js";

export interface RegressionOptions {
  /** inverse strength of the penalty, default 1 */
  C?: number;
  /** stops before the next step; the call rejects with the signal's reason */
  signal?: AbortSignal;
}

interface RegressionFields {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly C: number;
  readonly iterations: number;
  readonly tensorflow: string;
}

/** A fitted logistic regression; an immutable value. Made by {@link fitLogisticRegression}. */
export class LogisticRegression implements RegressionFields {
  /** `(columns,)` float64 */
  readonly weights: Float64Array;
  readonly bias: number;
  readonly C: number;
  /** Newton steps taken */
  readonly iterations: number;
  /** package, version and backend that it was fitted on */
  readonly tensorflow: string;

  constructor(fields: RegressionFields) {
    this.weights = fields.weights;
    this.bias = fields.bias;
    this.C = fields.C;
    this.iterations = fields.iterations;
    this.tensorflow = fields.tensorflow;
  }

  /** `w · x + b` of each row, `(rows,)`; above 0 means true. @throws ShapeError for another number of columns */
  logits({ data, rows, columns }: Features): Float64Array {
    const { weights, bias } = this;
    if (columns !== weights.length || data.length !== rows * columns)
      throw new ShapeError("LogisticRegression", `${columns} columns for ${weights.length} weights`, [[rows, columns], [weights.length]]);
    return Float64Array.from({ length: rows }, (_, row) => {
      let sum = bias;
      for (let j = 0; j < columns; j++) sum += weights[j] * data[row * columns + j];
      return sum;
    });
  }

  /** Probability of true for each row, `(rows,)`. */
  probabilities(features: Features): Float64Array {
    return this.logits(features).map(sigmoid);
  }
}

/** Largest norm of the gradient at the end: no weight is farther than that from the optimum's. */
const TOLERANCE = 1e-6;
const MOST_STEPS = 200;

/**
 * Fits the optimum, to 1e-6, of scikit-learn's `LogisticRegression(C)` (whose own solver stops a little before it).
 *
 * @param labels of each row
 * @throws OptionError for labels of one kind, features that are not finite and a C that is not above 0; ShapeError
 */
export async function fitLogisticRegression(
  features: Features,
  labels: readonly boolean[],
  { C = 1, signal }: RegressionOptions = {},
): Promise<LogisticRegression> {
  check(features, labels, C);
  const { tf } = await tensorflow();
  const problem = new Problem(tf, features, labels, C);
  try {
    let at = problem.evaluate(new Float64Array(features.columns + 1));
    for (let iterations = 0; iterations <= MOST_STEPS; iterations++) {
      signal?.throwIfAborted();
      if (norm(at.gradient) <= TOLERANCE) {
        const { weights, bias } = problem.uncentred(at.point);
        return new LogisticRegression({ weights, bias, C, iterations, tensorflow: tensorflowInUse()! });
      }
      const next = await problem.step(at);
      if (next === undefined) break;
      at = next;
    }
    throw new EngineError(
      `logistic regression: the gradient's norm stays at ${norm(at.gradient)}; features of very different sizes may be the reason: scale them`,
    );
  } finally {
    problem.dispose();
  }
}

interface Evaluation {
  /** weights of the centred features, then the bias */
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** `(rows,)` p (1 - p) */
  readonly curvature: Float32Array;
}

/** One regression's data. As the bias is free, centred features have the same weights; they make the problem better conditioned. */
class Problem {
  private readonly mean: Float64Array;
  private readonly centred: Float64Array;
  private readonly matrix: Tensor2D;
  /** what the residual is divided by, unit by unit: the Hessian's diagonal at p = 1/2 */
  private readonly preconditioner: Float64Array;

  constructor(
    private readonly tf: Tensorflow,
    private readonly features: Features,
    private readonly labels: readonly boolean[],
    private readonly C: number,
  ) {
    const { data, rows, columns } = features;
    this.mean = new Float64Array(columns);
    for (let i = 0; i < data.length; i++) this.mean[i % columns] += data[i] / rows;
    this.centred = Float64Array.from(data, (x, i) => x - this.mean[i % columns]);
    this.preconditioner = new Float64Array(columns + 1).fill(1);
    for (let i = 0; i < data.length; i++) this.preconditioner[i % columns] += (C / 4) * this.centred[i] ** 2;
    this.preconditioner[columns] = (C / 4) * rows;
    this.matrix = tf.tensor2d(Float32Array.from(this.centred), [rows, columns]);
  }

  dispose(): void {
    this.matrix.dispose();
  }

  evaluate(point: Float64Array): Evaluation {
    const { centred, labels, C } = this;
    const { rows, columns } = this.features;
    const gradient = point.slice();
    gradient[columns] = 0;
    const curvature = new Float32Array(rows);
    let value = 0;
    for (let j = 0; j < columns; j++) value += point[j] ** 2 / 2;
    for (let row = 0, from = 0; row < rows; row++, from += columns) {
      let z = point[columns];
      for (let j = 0; j < columns; j++) z += point[j] * centred[from + j];
      const margin = labels[row] ? z : -z;
      value += C * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
      const p = sigmoid(z);
      curvature[row] = p * sigmoid(-z);
      const slope = C * (labels[row] ? -sigmoid(-z) : p);
      for (let j = 0; j < columns; j++) gradient[j] += slope * centred[from + j];
      gradient[columns] += slope;
    }
    return { point, value, gradient, curvature };
  }

  /** A point lower down; undefined where rounding leaves none. */
  async step(at: Evaluation): Promise<Evaluation | undefined> {
    const direction = await this.newtonDirection(at);
    const slope = dot(at.gradient, direction);
    for (let size = 1; size > 1e-9; size /= 2) {
      const reached = this.evaluate(at.point.map((x, i) => x + size * direction[i]));
      if (reached.value <= at.value + 1e-4 * size * slope) return reached;
      // near the optimum the value's last digits are noise, the gradient's are not
      if (reached.value - at.value <= 1e-12 * Math.abs(at.value) && norm(reached.gradient) < norm(at.gradient)) return reached;
    }
    return undefined;
  }

  /** Roughly the inverse Hessian times the negative gradient: the more exact, the smaller the gradient. */
  private async newtonDirection({ gradient, curvature }: Evaluation): Promise<Float64Array> {
    const { preconditioner } = this;
    const start = norm(gradient);
    const goal = Math.min(0.1, Math.sqrt(start)) * start;
    const direction = new Float64Array(gradient.length);
    const residual = gradient.map((g) => -g);
    let scaled = residual.map((r, i) => r / preconditioner[i]);
    let search = scaled.slice();
    let product = dot(residual, scaled);
    for (let iteration = 0; iteration < 10 * gradient.length && norm(residual) > goal; iteration++) {
      const image = await this.hessianTimes(search, curvature);
      const bend = dot(search, image);
      // float32 has no more to say
      if (!(bend > 0)) break;
      const size = product / bend;
      for (let i = 0; i < direction.length; i++) {
        direction[i] += size * search[i];
        residual[i] -= size * image[i];
      }
      scaled = residual.map((r, i) => r / preconditioner[i]);
      const next = dot(residual, scaled);
      search = scaled.map((s, i) => s + (next / product) * search[i]);
      product = next;
    }
    return dot(direction, gradient) < 0 ? direction : gradient.map((g, i) => -g / preconditioner[i]);
  }

  private async hessianTimes(vector: Float64Array, curvature: Float32Array): Promise<Float64Array> {
    const { tf, matrix, C } = this;
    const { rows, columns } = this.features;
    const [weights, bias] = tf.tidy(() => {
      const direction = tf.tensor2d(Float32Array.from(vector.subarray(0, columns)), [columns, 1]);
      const bent = matrix
        .matMul(direction)
        .add(vector[columns])
        .mul(tf.tensor2d(curvature, [rows, 1])) as Tensor2D;
      return [matrix.matMul(bent, true, false), bent.sum()];
    });
    const [products, sum] = await Promise.all([weights.data(), bias.data()]);
    tf.dispose([weights, bias]);
    const out = vector.slice();
    for (let j = 0; j < columns; j++) out[j] += C * products[j];
    out[columns] = C * sum[0];
    return out;
  }

  /** Weights and bias for the features as they were given. */
  uncentred(point: Float64Array): { weights: Float64Array; bias: number } {
    const { columns } = this.features;
    const weights = point.slice(0, columns);
    return { weights, bias: point[columns] - dot(weights, this.mean) };
  }
}

function check({ data, rows, columns }: Features, labels: readonly boolean[], C: number): void {
  if (data.length !== rows * columns || labels.length !== rows)
    throw new ShapeError("fitLogisticRegression", `${data.length} numbers and ${labels.length} labels for ${rows} x ${columns} features`, [
      [rows, columns],
      [labels.length],
    ]);
  if (!(C > 0) || !Number.isFinite(C)) throw new OptionError("C", C, "a finite number above 0");
  const positives = labels.filter(Boolean).length;
  if (positives === 0 || positives === rows)
    throw new OptionError("labels", `${positives} of ${rows} true`, "both kinds; more prompts, or prompts of another kind, may give them");
  const wrong = data.findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0) throw new OptionError(`features[${Math.floor(wrong / columns)}][${wrong % columns}]`, data[wrong], "a finite number");
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));
