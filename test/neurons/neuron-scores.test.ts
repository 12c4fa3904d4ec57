import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { NeuronScores, type NeuronScoresFields } from "../../src/neurons/neuron-scores.js";

const fields: NeuronScoresFields = {
  model: "tiny",
  layers: 3,
  neurons: 4,
  score: "made up",
  values: Float32Array.of(1, 2, 3, 2, 4, 2, 8, 2, 10, 20, 20, 30),
  excludeLastLayers: 0,
  positions: "prompt",
  count: 7,
  origin: {},
};
const scores = new NeuronScores(fields);

test("consecutive windows have equal sizes, and the first is the top", () => {
  const windows = scores.windows(5);
  assert.equal(
    windows.map((window) => window.count),
    [5, 5],
  );
  assert.equal([...windows[0]!], [...scores.top(5)]);
  assert.equal([...windows[1]!], [...scores.window(5, 10)]);
  assert.is(scores.windows(0.25).length, 4);
  assert.is(scores.windows(0.3).length, 4);
  assert.is(scores.windows(12).length, 1);
  assert.is(scores.excluding(1).windows(0.25).length, 4);
  assert.is(windows[0]!.intersection(windows[1]!).count, 0);
  for (const size of [0, 0.01, 13])
    assert.throws(
      () => scores.windows(size),
      (error: unknown) => error instanceof OptionError,
    );
});

test("overlap is the share of the tops' common neurons", () => {
  const other = new NeuronScores({ ...fields, values: Float32Array.of(9, 2, 3, 2, 4, 2, 8, 2, 30, 20, 20, 10) });
  // tops of 2: {11, 9} and {8, 9}; of 5: {11, 9, 10, 8, 6} and {8, 9, 10, 11, 0}
  assert.is(scores.overlap(other, 2), 0.5);
  assert.is(scores.overlap(other, 5), 0.8);
  assert.is(scores.overlap(scores, 0.5), 1);
});

test("skewness is that of the ranked scores: layers left out do not count", () => {
  const two = new NeuronScores({ ...fields, values: Float32Array.of(0, 0, 0, 4, 0, 0, 0, 4, 9, 9, 9, 0), excludeLastLayers: 1 });
  assert.ok(Math.abs(two.skewness() - 6 / 3 ** 1.5) < 1e-12);
});

test("other shapes, other layers left out, and numbers that are none are refused", () => {
  for (const call of [
    () => scores.overlap(new NeuronScores({ ...fields, layers: 4, neurons: 3 }), 2),
    () => scores.spearman(new NeuronScores({ ...fields, layers: 4, neurons: 3 }), { over: "all" }),
    () => new NeuronScores({ ...fields, layers: 2 }),
  ])
    assert.throws(call, (error: unknown) => error instanceof ShapeError);
  for (const call of [
    () => scores.overlap(scores.excluding(1), 2),
    () => scores.excluding(3),
    () => new NeuronScores({ ...fields, values: fields.values.map((value, i) => (i === 5 ? Number.NaN : value)) }),
  ])
    assert.throws(call, (error: unknown) => error instanceof OptionError);
});

test.run();
