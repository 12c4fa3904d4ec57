import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { tensorflow, tensorflowInUse } from "../../src/neurons/tensorflow.js";
import type { Features } from "../../src/probes/features.js";
import { fitLogisticRegression } from "../../src/probes/logistic-regression.js";
import { near } from "../support/expected.js";
import { scipy } from "../support/statistics.js";

const matrix = (rows: readonly (readonly number[])[]): Features => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]!.length,
});

for (const [name, wanted] of Object.entries(scipy.regressions))
  test(`${name}: weights, bias and probabilities are those of scikit-learn's optimum`, async () => {
    const features = matrix(wanted.features);
    const got = await fitLogisticRegression(features, wanted.labels, { C: wanted.C });
    near(got.weights, wanted.weights, 1e-5, "weights");
    near([got.bias], [wanted.bias], 1e-4, "bias");
    near(got.probabilities(matrix(wanted.fresh)), wanted.probabilities, 1e-5, "probabilities");
    // scikit-learn's own stop lies within 1e-3
    near(got.probabilities(matrix(wanted.fresh)), wanted.defaultProbabilities, 1e-3, "default probabilities");
    const right = got.logits(features).filter((z, i) => z > 0 === wanted.labels[i]).length;
    assert.is(right / features.rows, wanted.accuracy);
  });

test("the optimum by hand: one column, two rows at -1 and 1", async () => {
  const { weights, bias } = await fitLogisticRegression(matrix([[-1], [1]]), [false, true]);
  // symmetry: b = 0, w = 2 / (1 + exp(w))
  assert.ok(Math.abs(bias) < 1e-9);
  assert.ok(Math.abs(weights[0]! - 2 / (1 + Math.exp(weights[0]!))) < 1e-6, String(weights[0]));
});

test("a column without any variation gets no weight, and a constant moves into the bias", async () => {
  const { features, labels } = scipy.regressions.tall!;
  const plain = await fitLogisticRegression(matrix(features), labels);
  const more = await fitLogisticRegression(matrix(features.map((row) => [...row, 7])), labels);
  near(more.weights, [...plain.weights, 0], 1e-6);
  const shifted = await fitLogisticRegression(matrix(features.map((row) => row.map((x) => x + 1000))), labels);
  near(shifted.weights, plain.weights, 1e-2);
});

test("columns of very different sizes, and rows that can be told apart completely", async () => {
  const { features, labels } = scipy.regressions.wide!;
  const scaled = matrix(features.map((row) => row.map((x, j) => x * 10 ** ((j % 7) - 3))));
  const got = await fitLogisticRegression(scaled, labels, { C: 100 });
  assert.ok(got.logits(scaled).every((z, i) => z > 0 === labels[i]));
});

test("the backend is recorded, and no tensor is left behind", async () => {
  const { tf } = await tensorflow();
  const before = tf.memory().numTensors;
  const { features, labels } = scipy.regressions.tall!;
  const got = await fitLogisticRegression(matrix(features), labels);
  assert.is(tf.memory().numTensors, before);
  assert.is(got.tensorflow, tensorflowInUse());
  assert.match(got.tensorflow, /backend (tensorflow|wasm|cpu)/);
});

test("labels of one kind, unusable numbers and wrong sizes are refused; an abort is heard", async () => {
  const { features, labels } = scipy.regressions.tall!;
  const all = matrix(features);
  const fails = (call: Promise<unknown>, kind: new (...args: never[]) => Error, message: RegExp) =>
    call.then(
      () => assert.unreachable(`accepted ${message}`),
      (error: Error) => assert.ok(error instanceof kind && message.test(error.message), error.message),
    );
  const one = labels.map(() => true);
  await fails(fitLogisticRegression(all, one), OptionError, /120 of 120 true/);
  await fails(fitLogisticRegression(all, labels.slice(1)), ShapeError, /119 labels/);
  await fails(fitLogisticRegression(all, labels, { C: 0 }), OptionError, /above 0/);
  await fails(
    fitLogisticRegression({ ...all, data: all.data.map((x, i) => (i === 8 ? Number.NaN : x)) }, labels),
    OptionError,
    /\[1\]\[2\]/,
  );
  await fails(fitLogisticRegression(all, labels, { signal: AbortSignal.abort(new Error("enough")) }), Error, /enough/);
  const fitted = await fitLogisticRegression(all, labels);
  assert.throws(
    () => fitted.logits(matrix([[1, 2]])),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.run();
