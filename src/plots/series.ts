/** @file Named series of a figure, in the order of its legend. */
import { OptionError } from "../errors.js";

export type Series<T> = readonly (readonly [name: string, points: T])[];

/**
 * A record of named series, or one series without a name.
 *
 * @param isOne whether a value is one series
 * @throws OptionError for anything else
 */
export function seriesOf<T>(given: T | Readonly<Record<string, T>>, isOne: (value: unknown) => value is T, expected: string): Series<T> {
  if (isOne(given)) return [["", given]];
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new OptionError("data", given, `${expected}, or an object of these by name`);
  const series = Object.entries(given);
  if (series.length === 0) throw new OptionError("data", "an empty object", `${expected}, or an object of these by name`);
  for (const [name, value] of series) if (!isOne(value)) throw new OptionError(`data[${JSON.stringify(name)}]`, value, expected);
  return series;
}
