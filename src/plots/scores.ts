import type { ScoreKind } from "../neurons/change-scores.js";
import type { NeuronShape } from "../neurons/neuron.js";
import type { NeuronSet } from "../neurons/neuron-set.js";

/** One number a neuron, by which neurons are ranked: the change scores of a contrast, or others of the same form. */
export interface RankingScores extends NeuronShape {
  readonly excludeLastLayers: number;
  /** `(layers, neurons)` */
  readonly values: Float32Array;
  /** what the values are; default: change scores */
  readonly score?: string;
  ranked(kind?: ScoreKind): Uint32Array;
  top(p: number, options?: { readonly score?: ScoreKind }): NeuronSet;
  threshold(p: number, options?: { readonly score?: ScoreKind }): number;
  /** where there are several kinds */
  scores?(kind?: ScoreKind): Float32Array;
}

export const isScores = (value: unknown): value is RankingScores =>
  typeof value === "object" &&
  value !== null &&
  ["ranked", "top", "threshold"].every((name) => typeof (value as Record<string, unknown>)[name] === "function");

/** Scores of all neurons, those of excluded layers too. */
export const valuesOf = (scores: RankingScores, kind?: ScoreKind): Float32Array => scores.scores?.(kind) ?? scores.values;

/** `change score`, `wanda score` … */
export const scoreName = ({ score = "change" }: RankingScores): string => `${score} score`;
