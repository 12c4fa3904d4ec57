import { type ColumnTable, table } from "arquero";
import { OptionError, ShapeError } from "../errors.js";
import { seeded } from "../random.js";
import { type BootstrapOptions, checkBootstrap, type Estimate, interval } from "../statistics/estimate.js";

export type { BootstrapOptions, Estimate } from "../statistics/estimate.js";

/** A metric (cost, log-odds, refusal …) of each prompt, in the same order three times. */
export interface PromptMetrics {
  /** Of the recipient on its own. */
  readonly first: readonly number[];
  /** Of the donor. */
  readonly second: readonly number[];
  /** Of the recipient with the donor's activations patched in. */
  readonly patched: readonly number[];
}

interface CausalEffectFields {
  readonly effect: Estimate | undefined;
  readonly gap: Estimate;
  readonly first: Estimate;
  readonly second: Estimate;
  readonly patched: Estimate;
  readonly prompts: number;
  readonly level: number;
  readonly draws: number;
  readonly seed: number;
}

/** Causal effect of patched neurons on a metric: how much of the gap between two models they explain. Made by {@link ratioEffect}. */
export class CausalEffect implements CausalEffectFields {
  /** 1: the neurons explain the second model's behaviour fully; 0: no effect. `undefined` where the models do not differ. */
  readonly effect: Estimate | undefined;
  /** Mean of the second model less mean of the first. */
  readonly gap: Estimate;
  /** Mean metric of each run. */
  readonly first: Estimate;
  readonly second: Estimate;
  readonly patched: Estimate;
  readonly prompts: number;
  readonly level: number;
  readonly draws: number;
  readonly seed: number;

  constructor(fields: CausalEffectFields) {
    this.effect = fields.effect;
    this.gap = fields.gap;
    this.first = fields.first;
    this.second = fields.second;
    this.patched = fields.patched;
    this.prompts = fields.prompts;
    this.level = fields.level;
    this.draws = fields.draws;
    this.seed = fields.seed;
  }

  /** Whether the gap's confidence interval includes 0, so that there is nothing to explain. */
  get noGap(): boolean {
    return this.effect === undefined;
  }

  /** The result in one sentence. */
  get summary(): string {
    const { first, second, patched, prompts } = this;
    const means = `means over ${prompts} prompts: first ${digits(first.value)}, second ${digits(second.value)}, patched ${digits(patched.value)}`;
    if (this.effect === undefined)
      return `No gap to explain: the models differ by ${this.#interval(this.gap)}, which includes 0 (${means}). More prompts may show one.`;
    return `The patched neurons explain ${this.#interval(this.effect)} of the gap between the models (${means}).`;
  }

  /** Columns `quantity` (first, second, patched, gap, effect), `value`, `low`, `high`; no row `effect` where there is no gap. */
  table(): ColumnTable {
    const { first, second, patched, gap, effect } = this;
    const rows = Object.entries({ first, second, patched, gap, effect }).filter((row): row is [string, Estimate] => row[1] !== undefined);
    const column = (key: keyof Estimate) => Float64Array.from(rows, ([, estimate]) => estimate[key]);
    return table({ quantity: rows.map(([name]) => name), value: column("value"), low: column("low"), high: column("high") });
  }

  toString(): string {
    return this.summary;
  }

  #interval({ value, low, high }: Estimate): string {
    return `${digits(value)} (${Number((this.level * 100).toPrecision(4))} % CI ${digits(low)} to ${digits(high)})`;
  }
}

/**
 * Causal effect by formula (2), a ratio of means over the same prompts:
 * `(mean patched - mean first) / (mean second - mean first)` (arXiv 2406.14144, section 3.2). Confidence intervals are percentiles of
 * bootstrap draws that take prompts, so that the three metrics of a prompt stay together; a draw in which the models do not differ at all
 * has no ratio and does not count.
 *
 * @throws ShapeError for unequal numbers of prompts
 * @throws OptionError below two prompts and for a metric that is not finite
 */
export function ratioEffect(metrics: PromptMetrics, options: BootstrapOptions = {}): CausalEffect {
  const prompts = checkMetrics(metrics);
  const { level, draws, seed } = checkBootstrap(options);
  const columns = [metrics.first, metrics.second, metrics.patched] as const;
  const random = seeded(seed);
  const drawn = Array.from({ length: 5 }, () => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    const sums: [number, number, number] = [0, 0, 0];
    for (let i = 0; i < prompts; i++) {
      const prompt = random.integer(prompts);
      for (const [which, column] of columns.entries()) sums[which]! += column[prompt]!;
    }
    for (const [which, value] of figures(sums, prompts).entries()) drawn[which]![draw] = value;
  }
  const sums = columns.map((column) => column.reduce((sum, value) => sum + value, 0)) as [number, number, number];
  const [first, second, patched, gap, effect] = figures(sums, prompts).map((value, which) => interval(value, drawn[which]!, level)) as [
    Estimate,
    Estimate,
    Estimate,
    Estimate,
    Estimate,
  ];
  const noGap = gap.low <= 0 && gap.high >= 0;
  return new CausalEffect({ effect: noGap ? undefined : effect, gap, first, second, patched, prompts, level, draws, seed });
}

/** Means of first, second and patched, gap, effect. */
function figures([first, second, patched]: readonly [number, number, number], prompts: number): number[] {
  const gap = second - first;
  return [first / prompts, second / prompts, patched / prompts, gap / prompts, gap === 0 ? Number.NaN : (patched - first) / gap];
}

function checkMetrics({ first, second, patched }: PromptMetrics): number {
  if (first.length !== second.length || first.length !== patched.length)
    throw new ShapeError("ratioEffect", `${first.length} prompts of first, ${second.length} of second, ${patched.length} of patched`, [
      [first.length],
      [second.length],
      [patched.length],
    ]);
  if (first.length < 2) throw new OptionError("prompts", first.length, "at least 2, to tell an effect from chance");
  for (const [name, values] of Object.entries({ first, second, patched })) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw new OptionError(`${name}[${wrong}]`, values[wrong], "a finite metric of every prompt");
  }
  return first.length;
}

const digits = (value: number) => String(Number(value.toPrecision(3)));
