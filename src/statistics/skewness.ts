import jstat from "jstat";
import { OptionError } from "../errors.js";

/**
 * Skewness of values, e.g. of the change scores of all ranked neurons: the third central moment divided by the third power of the standard
 * deviation, both divided by the count (SciPy's default). NaN where the values do not vary.
 *
 * @throws OptionError for no values
 */
export function skewness(values: ArrayLike<number>): number {
  if (values.length === 0) throw new OptionError("values", "none", "at least one");
  return jstat.jStat.skewness(Array.from(values));
}
