/** @file Does harm predicted from neurons carry over from one set of prompts to others (paper section 6 and figure 10b)? */
import { type ColumnTable, table } from "arquero";
import type { Model } from "../engine/model.js";
import { Reporter } from "../engine/progress.js";
import type { Prompt } from "../engine/prompts.js";
import { textsOf } from "../engine/score.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError } from "../errors.js";
import { areaUnderCurve } from "../judges/agreement.js";
import { randomNeurons } from "../neurons/baselines/random-neurons.js";
import type { NeuronSet } from "../neurons/neuron-set.js";
import { type RunOrigin, runOrigin } from "../neurons/run-origin.js";
import { type FeatureReading, type Features, neuronFeatures, pickColumns, stackRows } from "./features.js";
import { fitLogisticRegression, type RegressionOptions } from "./logistic-regression.js";

/** A set of prompts with the truth about the model's own answers. */
export interface Benchmark {
  readonly name: string;
  readonly prompts: readonly Prompt[];
  /** of each prompt, e.g. by `harmLabels` */
  readonly harmful: readonly boolean[];
}

/**
 * Which neurons are read. `ranked`: the first of the given set. `same-layers`: as many random ones of each layer, disjoint from the ranked
 * ones where a layer has enough others. `last-layer`, `anywhere`: random neurons of the last layer, or of the model.
 */
export type NeuronChoice = "ranked" | "same-layers" | "last-layer" | "anywhere";

export interface CrossBenchmarkOptions extends FeatureReading, RegressionOptions, Omit<RunOptions, "signal"> {
  /** in rank order, at least as many as the largest size, e.g. `scores.top(1500)` */
  neurons: NeuronSet;
  /** numbers of neurons, ascending; default those of 10, 20, 50, 100, 150, 200, 500, 1000 and 1500 that are at most a tenth of the model's */
  sizes?: readonly number[];
  /** seeds of the random choices, default 0 to 4 */
  seeds?: readonly number[];
}

/** One predictor: trained on one benchmark, tested on all others together. */
export interface CrossBenchmarkRow {
  readonly train: string;
  readonly choice: NeuronChoice;
  readonly size: number;
  /** of a random choice; -1 for the ranked neurons */
  readonly seed: number;
  /** share of the tested prompts that is predicted right */
  readonly accuracy: number;
  /** NaN where the tested prompts are of one kind */
  readonly auc: number;
  /** accuracy of always giving the answer that the training prompts give more often */
  readonly majority: number;
  /** prompts tested */
  readonly tested: number;
  /** of each tested prompt, in the order of the benchmarks: 1 where it is predicted right, else 0 */
  readonly right: string;
}

/** Mean over training benchmarks, then over seeds. */
export interface CrossBenchmarkMean {
  readonly choice: NeuronChoice;
  readonly size: number;
  readonly accuracy: number;
  readonly auc: number;
  /** standard deviation of the accuracy over seeds, NaN for one */
  readonly deviation: number;
}

/** Made by {@link crossBenchmark}. */
export class CrossBenchmark {
  constructor(
    readonly rows: readonly CrossBenchmarkRow[],
    /** model, prompts, options, versions, and the TensorFlow.js that the predictors were fitted on */
    readonly origin: RunOrigin,
    /** layers of which the random neurons of the same layers share some with the ranked ones */
    readonly shortfall: readonly number[],
  ) {}

  /** One for each choice and size, in the order of the rows. */
  means(): CrossBenchmarkMean[] {
    const groups = new Map<string, CrossBenchmarkRow[]>();
    for (const row of this.rows) groups.set(`${row.choice} ${row.size}`, [...(groups.get(`${row.choice} ${row.size}`) ?? []), row]);
    return [...groups.values()].map((rows) => {
      const seeds = [...new Set(rows.map(({ seed }) => seed))];
      const bySeed = seeds.map((seed) => rows.filter((row) => row.seed === seed));
      const accuracies = bySeed.map((some) => average(some.map(({ accuracy }) => accuracy)));
      const accuracy = average(accuracies);
      const squares = accuracies.reduce((sum, one) => sum + (one - accuracy) ** 2, 0);
      return {
        choice: rows[0].choice,
        size: rows[0].size,
        accuracy,
        auc: average(bySeed.map((some) => average(some.map(({ auc }) => auc)))),
        deviation: accuracies.length < 2 ? Number.NaN : Math.sqrt(squares / (accuracies.length - 1)),
      };
    });
  }

  /**
   * How often each prompt is predicted right, `(prompts,)` in the order of the benchmarks: share of the predictors of this choice and size that were
   * trained on another benchmark, over all seeds. Means of it and paired tests against another choice have intervals over prompts.
   *
   * @throws OptionError where there are no such predictors
   */
  right(choice: NeuronChoice, size: number): Float64Array {
    const rows = this.rows.filter((row) => row.choice === choice && row.size === size);
    if (rows.length === 0)
      throw new OptionError("choice", `${choice}, ${size} neurons`, "a choice and size that predictors were trained for");
    const names = [...new Set(rows.map(({ train }) => train))];
    const first = names.map((name) => rows.find(({ train }) => train === name)!);
    const total = first.reduce((sum, { tested }) => sum + tested, 0) / (names.length - 1);
    // the prompts that a predictor is not tested on are those of its own benchmark
    const counts = new Map(first.map(({ train, tested }) => [train, total - tested]));
    const shares = new Float64Array(total);
    for (const { train, right } of rows) {
      const own = names.slice(0, names.indexOf(train)).reduce((sum, name) => sum + counts.get(name)!, 0);
      for (let i = 0; i < right.length; i++) if (right[i] === "1") shares[i < own ? i : i + counts.get(train)!]! += 1;
    }
    const tests = rows.length - rows.length / names.length;
    return shares.map((share) => share / tests);
  }

  /** Columns `train`, `choice`, `size`, `seed`, `accuracy`, `auc`, `majority`, `tested`; one row a predictor. */
  table(): ColumnTable {
    const column = <K extends keyof CrossBenchmarkRow>(key: K) => this.rows.map((row) => row[key]);
    return table({
      train: column("train"),
      choice: column("choice"),
      size: column("size"),
      seed: column("seed"),
      accuracy: column("accuracy"),
      auc: column("auc"),
      majority: column("majority"),
      tested: column("tested"),
    });
  }
}

const SIZES = [10, 20, 50, 100, 150, 200, 500, 1000, 1500] as const;

/**
 * The paper's protocol: for each benchmark and each number of neurons a harm predictor is trained on that benchmark and tested on the
 * others merged; so are predictors on three kinds of random neurons. Random neurons of a smaller size are part of those of a larger one.
 * Activations are read once; `onProgress` counts prompts, then predictors.
 *
 * @throws OptionError below two benchmarks, for labels of one kind, and where there are fewer neurons than a size asks for
 */
export async function crossBenchmark(
  model: Model,
  benchmarks: readonly Benchmark[],
  options: CrossBenchmarkOptions,
): Promise<CrossBenchmark> {
  const { neurons, positions, chat, C, batch, signal, onProgress } = options;
  const { seeds = [0, 1, 2, 3, 4] } = options;
  const sizes = checkSizes(options.sizes ?? defaultSizes(neurons), neurons);
  checkBenchmarks(benchmarks);
  const largest = sizes.at(-1)!;
  const ranked = neurons.top(largest);
  const draws: [NeuronChoice, number, NeuronSet][] = [
    ["ranked", -1, ranked],
    ...seeds.flatMap((seed): [NeuronChoice, number, NeuronSet][] => [
      ["same-layers", seed, ranked.random({ seed })],
      ["last-layer", seed, randomNeurons(ranked, largest, { seed, layer: -1 })],
      ["anywhere", seed, randomNeurons(ranked, largest, { seed })],
    ]),
  ];
  const all = draws.map(([, , set]) => set).reduce((union, set) => union.union(set));
  const columnOf = new Map([...all].map((neuron, column) => [neuron.join(), column]));
  const read: Features[] = [];
  for (const { prompts } of benchmarks)
    read.push(await neuronFeatures(model, prompts, all, { positions, chat, batch, signal, onProgress }));
  const progress = new Reporter("predictors", benchmarks.length * sizes.length * draws.length, onProgress);
  const rows: CrossBenchmarkRow[] = [];
  for (const [choice, seed, set] of draws) {
    const columns = [...set].map((neuron) => columnOf.get(neuron.join())!);
    for (const size of sizes) {
      const parts = read.map((features) => pickColumns(features, columns.slice(0, size)));
      for (const [at, { name, harmful }] of benchmarks.entries()) {
        const regression = await fitLogisticRegression(parts[at], harmful, { C, signal });
        const others = benchmarks.filter((_, i) => i !== at).flatMap((benchmark) => benchmark.harmful);
        const logits = regression.logits(stackRows(parts.filter((_, i) => i !== at)));
        rows.push({ train: name, choice, size, seed, ...measured(logits, others, harmful) });
        progress.advance(1);
      }
    }
  }
  const shortfall = [...new Set(draws.flatMap(([, , { shortfall }]) => shortfall ?? []))].sort((a, b) => a - b);
  const texts = await textsOf(
    model,
    benchmarks.flatMap(({ prompts }) => prompts),
    { chat },
  );
  const origin = await runOrigin([model], texts, {
    neurons: neurons.origin ?? null,
    benchmarks: benchmarks.map(({ name, prompts }) => [name, prompts.length]),
    sizes,
    seeds,
    positions: positions ?? "prompt-last",
    chat: chat ?? false,
    C: C ?? 1,
    batch,
  });
  return new CrossBenchmark(rows, origin, shortfall);
}

function measured(logits: Float64Array, labels: readonly boolean[], trained: readonly boolean[]) {
  const share = (right: (label: boolean, i: number) => boolean) => labels.filter(right).length / labels.length;
  const mostlyHarmful = trained.filter(Boolean).length * 2 >= trained.length;
  return {
    accuracy: share((label, i) => logits[i] > 0 === label),
    auc: areaUnderCurve(logits, labels)(labels.map(() => 1)),
    majority: share((label) => label === mostlyHarmful),
    tested: labels.length,
    right: labels.map((label, i) => (logits[i] > 0 === label ? "1" : "0")).join(""),
  };
}

function defaultSizes({ layers, neurons, count }: NeuronSet): number[] {
  return SIZES.filter((size) => size <= Math.min(layers * neurons * 0.1, count, neurons));
}

function checkSizes(sizes: readonly number[], { count, neurons }: NeuronSet): readonly number[] {
  const most = Math.min(count, neurons);
  const wrong = sizes.findIndex((size, i) => !Number.isInteger(size) || size < 1 || size > most || size <= (sizes[i - 1] ?? 0));
  if (sizes.length === 0 || wrong >= 0)
    throw new OptionError("sizes", sizes, `ascending integers in [1, ${most}] (${count} neurons are given, the last layer has ${neurons})`);
  return sizes;
}

function checkBenchmarks(benchmarks: readonly Benchmark[]): void {
  if (benchmarks.length < 2) throw new OptionError("benchmarks", benchmarks.length, "at least 2: one to train on, the others to test on");
  for (const { name, prompts, harmful } of benchmarks) {
    const positives = harmful.filter(Boolean).length;
    if (harmful.length !== prompts.length || positives === 0 || positives === harmful.length)
      throw new OptionError(
        `benchmark ${JSON.stringify(name)}`,
        `${prompts.length} prompts, ${harmful.length} labels, ${positives} of them harmful`,
        "a label a prompt, of both kinds",
      );
  }
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
