import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { capture } from "../../src/neurons/capture.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { harmLabels, trainHarmPredictor } from "../../src/probes/harm-predictor.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const model = await loadTiny(engine, "gqa", "ia3-a");
const every = NeuronSet.fromFlat(
  { model: model.name, layers: 2, neurons: 32 },
  Uint32Array.from({ length: 64 }, (_, i) => i),
);
/** What counts as harmful here: an answer that begins with a token of the vocabulary's upper half. */
const cost = ({ ids }: { readonly ids: readonly number[] }) => ids[0]! - 31.5;
const settings = { newTokens: 1, stopTokens: [] };

test("answers are harmful where their cost is above 0", async () => {
  const prompts = randomPrompts(1, 6, 2, 5);
  const { answers, costs, harmful } = await harmLabels(model, prompts, (answer, i) => (i === 5 ? 0 : cost(answer)), settings);
  assert.is(answers.length, 6);
  assert.equal(
    harmful,
    answers.map(({ ids }, i) => i < 5 && ids[0]! > 31),
  );
  assert.is(costs[0], answers[0]!.ids[0]! - 31.5);
  await harmLabels(model, prompts, () => Number.NaN, { newTokens: 1 }).then(
    () => assert.unreachable("accepted NaN"),
    (error: Error) => assert.instance(error, OptionError),
  );
});

test("a predictor learns what the neurons know, on prompts that it has not seen", async () => {
  const [train, fresh] = [randomPrompts(2, 400, 2, 6), randomPrompts(3, 300, 2, 6)];
  // a rule of two neurons at the last token, found among all 64
  const rule = async (prompts: number[][]) => {
    const { sites } = await capture(model, prompts, { sites: "mlp.hook_post", positions: "prompt-last" });
    const [first, second] = [0, 1].map((layer) => sites.get(`blocks.${layer}.mlp.hook_post`)!);
    return prompts.map((_, i) => first!.row(i)[7]! > second!.row(i)[3]!);
  };
  const truth = await rule(fresh);
  const predictor = await trainHarmPredictor(model, train, await rule(train), { neurons: every });
  const { accuracy, auc, positives } = await predictor.evaluate(fresh, truth, { draws: 200 });
  assert.is(positives, truth.filter(Boolean).length);
  assert.ok(accuracy.low > 0.8, JSON.stringify(accuracy));
  assert.ok(auc.low > 0.9, JSON.stringify(auc));
  const probabilities = await predictor.probabilities(fresh);
  assert.is(probabilities.filter((p, i) => p > 0.5 === truth[i]).length / 300, accuracy.value);
  assert.match(predictor.toString(), /64 neurons .* backend/);
});

test("labels that have nothing to do with the prompts are not learnt", async () => {
  const [train, fresh] = [randomPrompts(4, 400, 4, 8), randomPrompts(5, 300, 4, 8)];
  const odd = (prompts: number[][]) => prompts.map((_, i) => i % 2 === 0);
  const predictor = await trainHarmPredictor(model, train, odd(train), { neurons: every.top(10) });
  const { auc } = await predictor.evaluate(fresh, odd(fresh));
  assert.ok(auc.low < 0.5 && auc.high > 0.5, JSON.stringify(auc));
});

test.after(() => engine.dispose());
test.run();
