/** One figure of each kind from data made up with a seed: what the snapshots and the notebook's size are measured on. */
import { type Figure, figure } from "../../src/index.js";
import { type CausalEffect, ratioEffect } from "../../src/neurons/causal-effect.js";
import { ChangeScores } from "../../src/neurons/change-scores.js";
import { seeded } from "../../src/random.js";

const LAYERS = 12;
const NEURONS = 256;
const TOTAL = LAYERS * NEURONS;

/** Skewed scores, larger in deep layers. */
export function madeUpScores(): ChangeScores {
  const random = seeded(1);
  const numbers = (make: (i: number) => number) => Float32Array.from({ length: TOTAL }, (_, i) => make(i));
  const moments = { mean: numbers(() => random.normal()), std: numbers(() => Math.abs(random.normal())) };
  const values = numbers((i) => Math.exp(0.9 * random.normal() - 4 + Math.floor(i / NEURONS) / LAYERS));
  return new ChangeScores({
    ...{ model: "made up", layers: LAYERS, neurons: NEURONS, positions: "predicting", count: 1000, values },
    ...{ first: moments, second: moments, excludeLastLayers: 0, origin: {} },
  });
}

/** An effect of about `share` over 40 prompts. */
export function madeUpEffect(share: number, seed: number): CausalEffect {
  const random = seeded(seed);
  const first = Array.from({ length: 40 }, () => random.normal());
  const second = first.map((value) => value + 5 + random.normal());
  const patched = first.map((value, i) => value + share * (second[i]! - value) + 0.5 * random.normal());
  return ratioEffect({ first, second, patched }, { draws: 200 });
}

function effectsOfSeeds(most: number, seed: number) {
  return [0, 30, 60, 120, 240, 480].map((neurons) => ({
    neurons,
    effect: [0, 1, 2, 3, 4].map((run) => madeUpEffect(most * (1 - Math.exp(-neurons / 90)), seed + 10 * neurons + run)),
  }));
}

function history(seed: number, steps: number) {
  const random = seeded(seed);
  return Array.from({ length: steps }, (_, i) => ({
    loss: 0.4 + 0.4 * Math.exp(-i / 60) + 0.05 * random.normal(),
    learningRate: 1e-3,
    gradientNorm: 1,
    margin: i / steps,
    accuracy: Math.min(1, 0.5 + 0.4 * (1 - Math.exp(-i / 50)) + 0.03 * random.normal()),
  }));
}

const NAMES = ["harmless", "safety", "helpful", "reasoning"];
const WORDS = "I like to bake bread at home , and a < b & c > d costs $ 5 and $ 6 .\n Flour , water and salt are all that you need".split(
  /(?= )/,
);
const random = seeded(5);

export const madeUpTexts = [
  { tokens: WORDS, values: WORDS.map(() => random.normal()), title: "first" },
  { tokens: WORDS.slice(0, 8), values: WORDS.slice(0, 8).map(() => random.normal()), title: "second" },
];

const scores = madeUpScores();
const matrix = NAMES.map((_, i) => NAMES.map((_, j) => 1 - 0.23 * Math.abs(i - j)));
const estimate = (value: number, half: number) => ({ value, low: value - half, high: value + half });

export const examples: Readonly<Record<string, Figure>> = {
  "causal-effect": figure.causalEffect(
    {
      "Safety neurons, SFT": effectsOfSeeds(0.95, 100),
      "Random neurons, SFT": effectsOfSeeds(0.1, 200),
      "Safety neurons, Base": effectsOfSeeds(0.7, 300),
      "Random neurons, Base": effectsOfSeeds(0.05, 400),
    },
    { total: TOTAL },
  ),
  "single-effect": figure.causalEffect({ effect: madeUpEffect(0.6, 7) }, { metric: "log-odds of refusing" }),
  curves: figure.curves(
    {
      "Safety neurons": [10, 50, 150, 300].map((x) => ({ x, y: estimate(79 - 60 / x, 2) })),
      "Random neurons": [10, 50, 150, 300].map((x) => ({ x, y: [75 - 90 / x, 74 - 80 / x, 76 - 70 / x] })),
    },
    { x: "Neurons", y: "Accuracy (%)", title: "Harm predictor" },
  ),
  layers: figure.layers(scores, { top: 0.1 }),
  histogram: figure.histogram(scores),
  windows: figure.windows(
    Array.from({ length: 8 }, (_, i) => ({ from: i / 20, to: (i + 1) / 20, effect: madeUpEffect(0.8 * Math.exp(-i), 50 + i) })),
  ),
  heatmap: figure.heatmap(matrix, { rows: NAMES, columns: NAMES, unit: "Spearman's correlation", title: "Agreement of preference sets" }),
  bars: figure.bars(
    {
      Base: { BeaverTails: estimate(2.2, 0.8), HarmBench: estimate(6.1, 0.9) },
      SFT: { BeaverTails: estimate(-2.4, 1.1), HarmBench: estimate(3.3, 1.2) },
      DPO: { BeaverTails: estimate(-11.8, 0.4), HarmBench: -9.7 },
    },
    { title: "Cost of answers", y: "Mean cost (lower is safer)" },
  ),
  scatter: figure.scatter(
    {
      SFT: { x: [9, 12, -10, 3, 14, -8], y: [2.1, 1.4, 4.6, 3.2, 1.2, 4.9] },
      DPO: { x: [-10, -9, -11, 2], y: [4.8, 4.5, 4.9, 3] },
    },
    { x: "Cost", y: "Second judge (5: safe)", title: "Two judges of the same answers" },
  ),
  training: figure.training({
    history: history(3, 400),
    evaluations: [200, 400].map((step) => ({ step, value: { loss: 0.5, accuracy: 0.8, margin: step / 500 } })),
  }),
  tokens: figure.tokens(madeUpTexts, { of: [3, 17] }),
  neurons: figure.neurons(scores),
};
