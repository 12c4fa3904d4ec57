import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { type Benchmark, CrossBenchmark, crossBenchmark } from "../../src/probes/cross-benchmark.js";
import { trainHarmPredictor } from "../../src/probes/harm-predictor.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const model = await loadTiny(engine, "gqa", "ia3-a");
const neurons = NeuronSet.fromFlat(
  { model: model.name, layers: 2, neurons: 32 },
  Uint32Array.from({ length: 40 }, (_, i) => (i * 11) % 64),
);
const benchmarks = ["one", "two", "three"].map((name, i): Benchmark => {
  const prompts = randomPrompts(10 + i, 60, 2, 4 + 2 * i);
  return { name, prompts, harmful: prompts.map((prompt) => prompt.at(-1)! < 32) };
});
const result = await crossBenchmark(model, benchmarks, { neurons, sizes: [2, 20], seeds: [0, 1] });

test("a predictor for each benchmark, size, choice and seed", () => {
  assert.is(result.rows.length, 3 * 2 * (1 + 3 * 2));
  assert.equal([...new Set(result.rows.map(({ choice }) => choice))], ["ranked", "same-layers", "last-layer", "anywhere"]);
  assert.ok(result.rows.every(({ tested, accuracy, auc }) => tested === 120 && accuracy >= 0 && accuracy <= 1 && auc >= 0 && auc <= 1));
  assert.is(result.table().numRows(), result.rows.length);
  assert.match(result.origin.tensorflow!, /backend/);
  assert.is(result.origin.texts.count, 180);
  assert.equal(result.origin.options.sizes, [2, 20]);
});

test("a row is what a predictor trained on one benchmark says of the others merged", async () => {
  const [one, two, three] = benchmarks as [Benchmark, Benchmark, Benchmark];
  const predictor = await trainHarmPredictor(model, two.prompts, two.harmful, { neurons: neurons.top(20) });
  const { accuracy, auc } = await predictor.evaluate([...one.prompts, ...three.prompts], [...one.harmful, ...three.harmful], { draws: 1 });
  const row = result.rows.find(({ train, choice, size }) => train === "two" && choice === "ranked" && size === 20)!;
  assert.ok(Math.abs(row.accuracy - accuracy.value) < 1e-12);
  assert.ok(Math.abs(row.auc - auc.value) < 1e-12);
  const mostly = two.harmful.filter(Boolean).length >= 30;
  assert.is(row.majority, [...one.harmful, ...three.harmful].filter((label) => label === mostly).length / 120);
});

test("means are over benchmarks, then over seeds, with the deviation between seeds", () => {
  const row = (seed: number, train: string, accuracy: number) => ({
    train,
    choice: "anywhere" as const,
    size: 3,
    seed,
    accuracy,
    auc: accuracy,
    majority: 0.5,
    tested: 10,
    right: "",
  });
  const made = new CrossBenchmark([row(0, "a", 0.5), row(0, "b", 0.7), row(1, "a", 0.8), row(1, "b", 0.8)], result.origin, []);
  const [mean] = made.means();
  assert.ok(Math.abs(mean!.accuracy - 0.7) < 1e-12);
  assert.ok(Math.abs(mean!.deviation - Math.sqrt(0.02)) < 1e-12);
  assert.is(made.means().length, 1);
  assert.ok(Number.isNaN(result.means().find(({ choice }) => choice === "ranked")!.deviation));
});

test("how often each prompt is predicted right, by predictors of the other benchmarks", () => {
  const counts = { a: 1, b: 2, c: 1 };
  const row = (train: "a" | "b" | "c", seed: number, right: string) => {
    const share = [...right].filter((one) => one === "1").length / right.length;
    return {
      train,
      choice: "anywhere" as const,
      size: 3,
      seed,
      accuracy: share,
      auc: 0.5,
      majority: 0.5,
      tested: 4 - counts[train],
      right,
    };
  };
  const rows = [row("a", 0, "101"), row("b", 0, "10"), row("c", 0, "110"), row("a", 1, "100"), row("b", 1, "00"), row("c", 1, "110")];
  const made = new CrossBenchmark(rows, result.origin, []);
  // prompts a0, b0, b1, c0
  assert.equal([...made.right("anywhere", 3)], [(1 + 1 + 0 + 1) / 4, (1 + 1 + 1 + 1) / 4, 0, (1 + 0 + 0 + 0) / 4]);
  assert.throws(
    () => made.right("ranked", 3),
    (error: unknown) => error instanceof OptionError,
  );
  const shares = result.right("same-layers", 20);
  const rowsOfIt = result.rows.filter(({ choice, size }) => choice === "same-layers" && size === 20);
  const accuracy = rowsOfIt.reduce((sum, one) => sum + one.accuracy, 0) / rowsOfIt.length;
  assert.ok(Math.abs(shares.reduce((sum, one) => sum + one, 0) / shares.length - accuracy) < 1e-12);
});

test("layers without enough other neurons are named, sizes and labels are checked", async () => {
  const { shortfall } = neurons.top(32).random({ seed: 0 });
  assert.ok(shortfall!.length > 0);
  assert.equal((await crossBenchmark(model, benchmarks, { neurons, sizes: [32], seeds: [0] })).shortfall, shortfall);
  const fails = (call: Promise<unknown>, message: RegExp) =>
    call.then(
      () => assert.unreachable(`accepted ${message}`),
      (error: Error) => assert.ok(error instanceof OptionError && message.test(error.message), error.message),
    );
  await fails(crossBenchmark(model, benchmarks, { neurons, sizes: [33] }), /the last layer has 32/);
  await fails(crossBenchmark(model, benchmarks, { neurons, sizes: [5, 2] }), /ascending/);
  await fails(crossBenchmark(model, benchmarks.slice(0, 1), { neurons, sizes: [2] }), /at least 2/);
  const tame = { ...benchmarks[0]!, harmful: benchmarks[0]!.harmful.map(() => false) };
  await fails(crossBenchmark(model, [tame, benchmarks[1]!], { neurons, sizes: [2] }), /"one".*of both kinds/s);
  assert.equal((await crossBenchmark(model, benchmarks, { neurons, sizes: [4], seeds: [0] })).shortfall, []);
});

test.after(() => engine.dispose());
test.run();
