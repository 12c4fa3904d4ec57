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

/**
 * A real model writes an answer in a hundred times the organism's time: fewer seeds and sizes, so that on two cores the usual size takes four to
 * five and a half hours by the machine, and the quick one half an hour at most. Seeds are kept where the claim is about them (E1, E4, E19).
 */
const SMALLER: Readonly<Record<Exclude<StudyScale, "full">, Readonly<Partial<Record<FindingId, Parameters>>>>> = {
  quick: {
    E1: { shares: [0.02, 0.05], baseSeeds: 1 },
    E2: { mostAbilities: 1 },
    E3: { share: 0.01, draws: 1 },
    E9: { draws: 2 },
    E10: { timed: 2 },
    E11: { mostSeeds: 3 },
    E13: { mostSeeds: 1, mostWindows: 3 },
    E14: { mostSeeds: 1, shares: [0.05] },
    E15: { mostSeeds: 1, shares: [0.05] },
    E16: { mostSeeds: 1, shares: [0.05] },
    E18: { mostSeeds: 1, abilitySeeds: 1, mostAbilities: 3 },
    E19: { mostSeeds: 1, shares: [0.05], excluded: { change: [0, 2], layer: [0], "value-layer": [0] } },
  },
  usual: {
    E1: { baseSeeds: 1 },
    E13: { mostSeeds: 1 },
    E14: { mostSeeds: 1 },
    E15: { mostSeeds: 1, shares: [0.05] },
    E16: { mostSeeds: 1, shares: [0.05] },
    E18: { abilitySeeds: 1 },
  },
};

/** The parameters of a notebook, as `neuronbook run --set` takes them. */
export function parametersOf(id: FindingId, lab: string, scale: StudyScale, results: string): Parameters {
  return { lab, results, size: scale, ...(lab === "organism" || scale === "full" ? {} : SMALLER[scale][id]) };
}
