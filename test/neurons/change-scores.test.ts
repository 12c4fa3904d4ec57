import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { ChangeScores, type ChangeScoresFields } from "../../src/neurons/change-scores.js";
import { seeded } from "../../src/random.js";

// Layer means: 2, 4, 20; weighted by the norms 1.5, 6, 20.
const values = Float32Array.of(1, 2, 3, 2, 4, 2, 8, 2, 10, 20, 20, 30);
const valueNorms = Float32Array.of(2, 1, 0, 1, 1, 2, 1, 4, 4, 1, 1, 0);
const zeros = new Float32Array(12);
const fields: ChangeScoresFields = {
  model: "tiny",
  layers: 3,
  neurons: 4,
  positions: "predicting",
  count: 7,
  values,
  first: { mean: zeros, std: zeros },
  second: { mean: zeros, std: zeros },
  valueNorms,
  excludeLastLayers: 0,
  origin: { prompts: 3 },
};
const scores = new ChangeScores(fields);
const refused = (call: () => unknown) => assert.throws(call, (error: unknown) => error instanceof OptionError);

test("neurons rank by falling score, ties by layer and index", () => {
  assert.equal([...scores.ranked()], [11, 9, 10, 8, 6, 4, 2, 1, 3, 5, 7, 0]);
  assert.equal(
    [...scores.top(3)],
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
  );
  assert.equal(
    [...scores.top(0.2)],
    [
      [2, 3],
      [2, 1],
    ],
  );
  assert.equal(
    [...scores.window(3, 5)],
    [
      [2, 0],
      [1, 2],
    ],
  );
  assert.is(scores.threshold(5), 8);
  assert.ok(Number.isNaN(scores.threshold(0.01)));
  refused(() => scores.top(13));
});

test("activation sizes are root mean squares under either model, ranked as the scores are", () => {
  const mean = new Float32Array(12);
  const std = new Float32Array(12);
  mean[5] = -3;
  std[5] = 4;
  std[11] = 1;
  const sizes = new ChangeScores({ ...fields, second: { mean, std }, excludeLastLayers: 1 }).activationSizes("second");
  assert.is(sizes.values[5], 5);
  assert.equal([...sizes.top(1)], [[1, 1]]);
  assert.is(sizes.excludeLastLayers, 1);
  assert.is(scores.activationSizes().values[5], 0);
});

test("layer scores are divided by the layer's mean", () => {
  assert.equal(scores.scores("layer"), Float32Array.of(0.5, 1, 1.5, 1, 1, 0.5, 2, 0.5, 0.5, 1, 1, 1.5));
  assert.equal(
    [...scores.top(3, { score: "layer" })],
    [
      [1, 2],
      [0, 2],
      [2, 3],
    ],
  );
  assert.is(scores.threshold(3, { score: "layer" }), 1.5);
});

test("value-layer scores are weighted by the value vector's norm, then divided by the layer's mean of that", () => {
  // Products 2 2 0 2 | 4 4 8 8 | 40 20 20 0 with the means 1.5, 6, 20.
  const expected = Float32Array.of(2 / 1.5, 2 / 1.5, 0, 2 / 1.5, 4 / 6, 4 / 6, 8 / 6, 8 / 6, 2, 1, 1, 0);
  assert.equal(scores.scores("value-layer"), expected);
  assert.equal(
    [...scores.top(2, { score: "value-layer" })],
    [
      [2, 0],
      [0, 0],
    ],
  );
  refused(() => new ChangeScores({ ...fields, valueNorms: undefined }).top(1, { score: "value-layer" }));
  refused(() => scores.top(1, { score: "size" as "layer" }));
});

test("a layer without change scores 0 and no NaN", () => {
  const still = new ChangeScores({ ...fields, values: values.map((value, i) => (i < 4 ? 0 : value)) });
  assert.equal([...still.scores("layer").slice(0, 4)], [0, 0, 0, 0]);
  assert.is(still.ranked("layer").length, 12);
});

test("excluded last layers keep their scores and lose their ranks", () => {
  const less = scores.excluding(1);
  assert.equal([...less.ranked()], [6, 4, 2, 1, 3, 5, 7, 0]);
  assert.equal(
    [...less.top(0.25)],
    [
      [1, 2],
      [1, 0],
    ],
  );
  assert.is(less.scores()[11], 30);
  assert.is(less.table().numRows(), 8);
  refused(() => scores.excluding(3));
});

test("what is handed out cannot change the scores, and a set carries its origin", () => {
  scores.scores().fill(0);
  scores.ranked().fill(0);
  assert.is(scores.threshold(1), 30);
  assert.equal(scores.top(0.5, { score: "layer" }).origin, {
    prompts: 3,
    selection: { score: "layer", top: 0.5, excludeLastLayers: 0, positions: "predicting", count: 7 },
  });
});

test("ranking agrees with a plain sort of random scores with many ties", () => {
  const random = seeded(31);
  const many = new ChangeScores({ ...fields, values: Float32Array.from({ length: 12 }, () => random.integer(4)), valueNorms: undefined });
  const plain = [...many.values.entries()].sort(([i, a], [j, b]) => b - a || i - j).map(([i]) => i);
  assert.equal([...many.ranked()], plain);
});

test("Spearman over all ranked neurons, or over the union of both tops", () => {
  const other = new ChangeScores({ ...fields, values: Float32Array.of(1, 2, 3, 2, 4, 2, 8, 2, 30, 20, 20, 10) });
  // Only the values 10 and 30 of layer 2 change places: ranks 9 and 12, so the cross sum falls by (12 - 9)^2 = 9.
  // Ties: 2 four times, 20 twice; squares 143 - (60 + 6) / 12 = 137.5.
  assert.ok(Math.abs(scores.spearman(other, { over: "all" }) - (137.5 - 9) / 137.5) < 1e-12);
  // Tops of 2: {11, 9} and {8, 9}; scores 30, 20, 10 against 10, 20, 30.
  assert.is(scores.spearman(other, { over: "union-of-top", top: 2 }), -1);
  assert.is(scores.spearman(scores, { over: "all", score: "layer" }), 1);
  assert.throws(
    () => scores.spearman(new ChangeScores({ ...fields, layers: 4, neurons: 3 }), { over: "all" }),
    (error: unknown) => error instanceof ShapeError,
  );
  refused(() => scores.spearman(scores.excluding(1), { over: "all" }));
  refused(() => scores.spearman(scores, { over: "some" as "all" }));
});

test("the table has a row for each ranked neuron with the statistics of both models", () => {
  const first = { mean: Float32Array.from({ length: 12 }, (_, i) => i), std: Float32Array.from({ length: 12 }, (_, i) => i / 2) };
  const second = { mean: Float32Array.from({ length: 12 }, (_, i) => -i), std: Float32Array.from({ length: 12 }, (_, i) => i / 4) };
  assert.equal(new ChangeScores({ ...fields, first, second }).table().objects()[1], {
    rank: 1,
    layer: 2,
    neuron: 1,
    score: 20,
    first_mean: 9,
    first_std: 4.5,
    second_mean: -9,
    second_std: 2.25,
  });
  assert.is(String(scores.excluding(1)), "ChangeScores: 3 x 4 neurons of tiny, last 1 left out; 7 positions (predicting)");
});

test("wrong sizes and values that no run can give are refused by name", () => {
  assert.throws(
    () => new ChangeScores({ ...fields, values: new Float32Array(11) }),
    (error: unknown) => error instanceof ShapeError,
  );
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    const damaged = values.slice();
    damaged[6] = wrong;
    assert.throws(
      () => new ChangeScores({ ...fields, values: damaged }),
      /values of neuron \[1, 2\]: expected a finite number of at least 0/,
    );
  }
  new ChangeScores({ ...fields, first: { mean: zeros.map(() => -3), std: zeros } });
  refused(() => new ChangeScores({ ...fields, first: { mean: zeros.map(() => Number.NaN), std: zeros } }));
  refused(() => new ChangeScores({ ...fields, count: 0 }));
});

test.run();
