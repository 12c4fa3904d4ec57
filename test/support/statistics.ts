/** What SciPy and scikit-learn gave. */
import { readJson } from "./expected.js";

export interface RegressionCase {
  readonly C: number;
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly boolean[];
  readonly fresh: readonly (readonly number[])[];
  readonly weights: readonly number[];
  readonly bias: number;
  readonly objective: number;
  readonly probabilities: readonly number[];
  readonly defaultProbabilities: readonly number[];
  readonly accuracy: number;
  readonly auc: number;
}

type Pairs = { readonly first: readonly number[]; readonly second: readonly number[] };

export const scipy = readJson<{
  readonly tTests: readonly (Pairs & Record<"t" | "df" | "p" | "low" | "high", number>)[];
  readonly correlations: readonly (Pairs & Record<"rho" | "p", number>)[];
  readonly skewness: { readonly values: readonly number[]; readonly skewness: number };
  readonly regressions: Readonly<Record<string, RegressionCase>>;
}>("statistics", "expected.json");
