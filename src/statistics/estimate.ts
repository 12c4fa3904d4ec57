/** @file A figure with its bootstrap confidence interval. */
import { OptionError, ShapeError } from "../errors.js";
import { seeded } from "../random.js";

/** A figure of the prompts at hand with its bootstrap confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Coverage of the confidence intervals, default 0.95. */
  readonly level?: number;
  /** Bootstrap draws, default 2000. */
  readonly draws?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** With items that come in groups, e.g. answers to the same question. */
export interface GroupedBootstrap extends BootstrapOptions {
  /** what each item belongs to; whole groups are drawn. Default: each item for itself */
  readonly groups?: readonly (string | number)[];
}

/**
 * A figure of `items` things and percentiles of bootstrap draws of it.
 * @param figure of a sample that holds item i `counts[i]` times; draws in which it is NaN do not count
 */
export function bootstrap(items: number, figure: (counts: Uint32Array) => number, options: GroupedBootstrap = {}): Estimate {
  const { level, draws, seed } = checkBootstrap(options);
  const members = options.groups && groupMembers(items, options.groups);
  const random = seeded(seed);
  const drawn = new Float64Array(draws);
  const counts = new Uint32Array(items);
  for (let draw = 0; draw < draws; draw++) {
    counts.fill(0);
    if (members === undefined) for (let i = 0; i < items; i++) counts[random.integer(items)]++;
    else for (let i = 0; i < members.length; i++) for (const item of members[random.integer(members.length)]) counts[item]++;
    drawn[draw] = figure(counts);
  }
  return interval(figure(counts.fill(1)), drawn, level);
}

/** Mean of values, NaN where there are none. */
export function meanEstimate(values: ArrayLike<number>, options: GroupedBootstrap = {}): Estimate {
  if (values.length === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  return bootstrap(values.length, (counts) => weightedMean(values, counts), options);
}

function weightedMean(values: ArrayLike<number>, counts: Uint32Array): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i] * values[i];
    total += counts[i];
  }
  return sum / total;
}

function groupMembers(items: number, groups: NonNullable<GroupedBootstrap["groups"]>): number[][] {
  if (groups.length !== items) throw new ShapeError("bootstrap", `${groups.length} groups for ${items} items`, [[groups.length], [items]]);
  const members = new Map<string | number, number[]>();
  groups.forEach((group, item) => {
    const known = members.get(group);
    if (known) known.push(item);
    else members.set(group, [item]);
  });
  return [...members.values()];
}

/** Options with defaults filled in. @throws OptionError */
export function checkBootstrap({ level = 0.95, draws = 2000, seed = 0 }: BootstrapOptions): Required<BootstrapOptions> {
  if (!(level > 0 && level < 1)) throw new OptionError("level", level, "a coverage in (0, 1)");
  if (!Number.isInteger(draws) || draws < 1 || draws > 1_000_000) throw new OptionError("draws", draws, "an integer in [1, 1000000]");
  return { level, draws, seed };
}

/** The middle `level` of the draws around a value. */
export function interval(value: number, drawn: Float64Array, level: number): Estimate {
  const sorted = drawn.filter((one) => !Number.isNaN(one)).sort();
  return { value, low: percentile(sorted, (1 - level) / 2), high: percentile(sorted, (1 + level) / 2) };
}

/** Linear between order statistics, as NumPy's default. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + ((sorted[below + 1] ?? low) - low) * (place - below);
}
