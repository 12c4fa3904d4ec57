import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { NeuronScores } from "../../src/neurons/neuron-scores.js";
import { rankingAgreement } from "../../src/neurons/ranking-agreement.js";
import { seeded } from "../../src/random.js";

const [layers, neurons] = [4, 100];
const random = seeded(5);
const ranking = (values: Float32Array, excludeLastLayers = 1) =>
  new NeuronScores({
    model: "m",
    layers,
    neurons,
    score: "change",
    values,
    excludeLastLayers,
    positions: "predicting",
    count: 9,
    origin: {},
  });
const draw = () => Float32Array.from({ length: layers * neurons }, () => random.uniform());
const base = draw();
const [one, near, far, other] = [
  ranking(base),
  ranking(base.map((value) => value + 0.3 * random.uniform())),
  ranking(draw()),
  ranking(base.map((value) => value + random.uniform())),
];
const close = (got: number, expected: number) => assert.ok(Math.abs(got - expected) < 1e-9, `${got}, expected ${expected}`);

test("one pair: Spearman over all ranked neurons and overlap of the tops, each in its interval", () => {
  for (const [measure, expected] of [
    ["spearman", one.spearman(near, { over: "all" })],
    ["overlap", one.overlap(near, 0.05)],
  ] as const) {
    const { value, low, high } = rankingAgreement([[one, near]], { measure });
    close(value, expected);
    assert.ok(low < value && value < high && high <= 1);
  }
  close(rankingAgreement([[one, far]], { measure: "overlap", top: 30 }).value, one.overlap(far, 30));
});

test("mean of pairs less the mean of others, drawn together", () => {
  const rho = (a: NeuronScores, b: NeuronScores) => a.spearman(b, { over: "all" });
  const difference = rankingAgreement(
    [
      [one, near],
      [one, other],
    ],
    { measure: "spearman", less: [[one, far]] },
  );
  close(difference.value, (rho(one, near) + rho(one, other)) / 2 - rho(one, far));
  assert.ok(difference.low > 0);
  const none = rankingAgreement([[one, near]], { measure: "spearman", less: [[one, near]] });
  assert.equal(none, { value: 0, low: 0, high: 0 });
  assert.equal(rankingAgreement([[one, one]], { measure: "overlap" }), { value: 1, low: 1, high: 1 });
});

test("no pair and rankings of different neurons are refused", () => {
  const refused = (ask: () => unknown, says: RegExp) =>
    assert.throws(ask, (error: Error) => error instanceof OptionError && says.test(error.message));
  refused(() => rankingAgreement([], { measure: "spearman" }), /at least one/);
  refused(() => rankingAgreement([[one, ranking(base, 0)]], { measure: "spearman" }), /rankings of the neurons/);
  refused(() => rankingAgreement([[one, near]], { measure: "jaccard" as "overlap" }), /"overlap"/);
});

test.run();
