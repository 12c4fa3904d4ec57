/** @file Which notebooks reproduce which finding, and how large they are on which laboratory. */
import type { StudyScale } from "../study/scale.js";

/** In the paper's order. */
export const FINDINGS = [
  "E1",
  "E2",
  "E3",
  "E4",
  "E5",
  "E6",
  "E7",
  "E8",
  "E9",
  "E10",
  "E11",
  "E12",
  "E13",
  "E14",
  "E15",
  "E16",
  "E17",
  "E18",
  "E19",
] as const;
export type FindingId = (typeof FINDINGS)[number];

/** A notebook's file begins with its finding in two digits: `E01-…`. */
export const filePrefix = (id: FindingId): string => `E${id.slice(1).padStart(2, "0")}-`;

type Parameters = Readonly<Record<string, unknown>>;

/** What a real model needs less of than the organism, where an answer takes a hundred times as long. */
const SMALLER: Readonly<Partial<Record<FindingId, Readonly<Record<StudyScale, Parameters>>>>> = {
  E1: {
    quick: { shares: [0.01, 0.05], baseSeeds: 1 },
    usual: { baseSeeds: 1 },
    full: {},
  },
};

/** The parameters of a notebook, as `neuronbook run --set` takes them. */
export function parametersOf(id: FindingId, lab: string, scale: StudyScale, results: string): Parameters {
  return { lab, results, size: scale, ...(lab === "organism" ? {} : SMALLER[id]?.[scale]) };
}
