/**
 * @file Fitting a linear head to features that stay as they are: logistic regression, ridge regression or Bradley-Terry, in float64, with an
 * L2 penalty on the standardised features. Deterministic.
 */
import { minimise } from "../training/lbfgs.js";
import type { LinearHead } from "../training/score-head.js";
import type { ScoreTarget } from "../training/score-objective.js";

/** What a head is fitted to; `examples` holds rows of `features`. */
export interface HeadProblem {
  readonly target: ScoreTarget;
  /** `(texts, size)` */
  readonly features: Float32Array;
  readonly size: number;
  readonly examples: readonly { readonly rows: readonly number[]; readonly target: number }[];
}

/** Features with mean 0 and deviation 1 over the rows that are fitted; a pair's bias cancels, so pairs are only scaled. */
interface Standard {
  readonly mean: Float64Array;
  readonly inverse: Float64Array;
}

export class HeadFit {
  private readonly standard: Standard;
  /** of each example: its standardised row, or the difference of a pair's */
  private readonly rows: Float64Array;
  private readonly targets: Float64Array;
  private last: Float64Array;

  constructor(private readonly problem: HeadProblem) {
    const { examples, size, target } = problem;
    this.standard = standardOf(problem);
    this.rows = new Float64Array(examples.length * size);
    examples.forEach(({ rows }, i) => {
      for (let j = 0; j < size; j++) this.rows[i * size + j] = this.at(rows[0], j) - (rows.length > 1 ? this.at(rows[1], j) : 0);
    });
    this.targets = Float64Array.from(examples, (example) => example.target);
    this.last = new Float64Array(size + 1);
    // squared errors start at the mean, where a bias is nearly right
    if (target === "real") this.last[size] = this.targets.reduce((a, b) => a + b, 0) / Math.max(1, examples.length);
  }

  private at(row: number, j: number): number {
    const { features, size } = this.problem;
    return (features[row * size + j] - this.standard.mean[j]) * this.standard.inverse[j];
  }

  /**
   * The head that lowers `mean loss + penalty / 2 * |w|^2`, w on standardised features; the bias is free. Starts from the last fit: go from
   * large penalties to small ones.
   */
  solve(penalty: number): LinearHead {
    const { size } = this.problem;
    const { point } = minimise((w, gradient) => this.loss(w, gradient, penalty), this.last, { tolerance: 1e-5 });
    this.last = point;
    const weight = new Float32Array(size);
    let bias = point[size];
    for (let j = 0; j < size; j++) {
      const scaled = point[j] * this.standard.inverse[j];
      weight[j] = scaled;
      bias -= scaled * this.standard.mean[j];
    }
    return { weight, bias };
  }

  private loss(w: Float64Array, gradient: Float64Array, penalty: number): number {
    const { rows, targets, problem } = this;
    const { size, target } = problem;
    const count = targets.length;
    gradient.fill(0);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const from = i * size;
      let z = target === "pairs" ? 0 : w[size];
      for (let j = 0; j < size; j++) z += w[j] * rows[from + j];
      const y = targets[i];
      let slope: number;
      if (target === "real") {
        total += (z - y) * (z - y);
        slope = 2 * (z - y);
      } else {
        const sign = target === "pairs" || y > 0 ? 1 : -1;
        // log(1 + exp(-sign z)) without overflow
        total += Math.max(0, -sign * z) + Math.log1p(Math.exp(-Math.abs(z)));
        slope = -sign / (1 + Math.exp(sign * z));
      }
      slope /= count;
      for (let j = 0; j < size; j++) gradient[j] += slope * rows[from + j];
      if (target !== "pairs") gradient[size] += slope;
    }
    let squares = 0;
    for (let j = 0; j < size; j++) {
      squares += w[j] * w[j];
      gradient[j] += penalty * w[j];
    }
    return total / count + (penalty / 2) * squares;
  }
}

function standardOf({ features, size, examples }: HeadProblem): Standard {
  const used = [...new Set(examples.flatMap(({ rows }) => rows))];
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  used.forEach((row, seen) => {
    for (let j = 0; j < size; j++) {
      const x = features[row * size + j];
      const before = x - mean[j];
      mean[j] += before / (seen + 1);
      squares[j] += before * (x - mean[j]);
    }
  });
  // a feature that never changes says nothing
  const inverse = squares.map((sum) => (sum > 1e-12 * used.length ? Math.sqrt(used.length / sum) : 0));
  return { mean, inverse };
}
