/** @file Saved activations as the source of a patch. */
import { OptionError, SiteError } from "../errors.js";
import { siteName } from "../models/sites.js";
import type { SavedValues } from "./interventions.js";
import type { Slot } from "./plan.js";
import { chosenPositions, type Positions } from "./positions.js";
import type { Text } from "./text.js";

/** Saved rows as `(lanes, time, units)`. */
export function laidOut(
  slot: Slot,
  layer: number,
  units: number,
  saved: readonly SavedValues[],
  numbers: readonly number[],
  lanes: number,
  time: number,
): { layer: number; units: number; data: Float32Array } {
  const name = siteName(slot.kind, layer);
  const values = saved.find(({ site }) => site === name);
  if (!values) throw new SiteError(name, `the saved activations hold ${saved.map(({ site }) => site).join(", ")}; capture this site too`);
  const width = values.shape.slice(1).reduce((a, b) => a * b, 1);
  if (width !== units) throw new SiteError(name, `the saved activations have ${width} values a position; this model has ${units}`);
  const data = new Float32Array(lanes * time * units);
  values.rows.forEach(({ prompt, position }, row) => {
    const lane = numbers.indexOf(prompt);
    if (lane >= 0 && position < time) data.set(values.data.subarray(row * units, (row + 1) * units), (lane * time + position) * units);
  });
  return { layer, units, data };
}

/** The chosen positions of a text; every one must have been saved. */
export function savedPositions(saved: readonly SavedValues[], positions: Positions, text: Text, number: number): number[] {
  const chosen = chosenPositions(positions, text.promptLength, text.ids.length);
  if (chosen.length === 0)
    throw new OptionError("positions", positions, "positions of the texts that are given: saved values say nothing about what is written");
  for (const { site, rows } of saved) {
    const held = new Set(rows.filter((row) => row.prompt === number).map((row) => row.position));
    const missing = chosen.filter((position) => !held.has(position));
    if (missing.length > 0)
      throw new OptionError(
        "positions",
        `positions ${missing.slice(0, 5).join(", ")} of prompt ${number}`,
        `positions that were captured of ${site}`,
      );
  }
  return chosen;
}
