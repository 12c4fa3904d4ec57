import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { OptionError } from "../../src/errors.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { trainHarmPredictor } from "../../src/probes/harm-predictor.js";
import { Safeguard } from "../../src/probes/safeguard.js";
import { hasSmolLM2 } from "../support/cli.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const model = await loadTiny(engine, "gqa", "ia3-a");
const neurons = NeuronSet.fromFlat(
  { model: model.name, layers: 2, neurons: 32 },
  Uint32Array.from({ length: 64 }, (_, i) => i),
);
const train = randomPrompts(2, 300, 2, 6);
const predictor = await trainHarmPredictor(
  model,
  train,
  train.map((prompt) => prompt.at(-1)! < 32),
  { neurons },
);
const prompts = randomPrompts(7, 20, 2, 6);
const settings = { newTokens: 5, stopTokens: [] };
const refusal = [9, 8, 7];
const plain = await generate(model, prompts, settings);

test("refusing: a prompt that is predicted harmful gets the refusal alone, all others the model's answer", async () => {
  const guard = new Safeguard(predictor, { refusal });
  const heard: number[] = [];
  const answers = await guard.generate(prompts, { ...settings, onToken: (prompt) => heard.push(prompt) });
  const probabilities = await predictor.probabilities(prompts);
  assert.ok(answers.some(({ guarded }) => guarded) && answers.some(({ guarded }) => !guarded));
  for (const [i, answer] of answers.entries()) {
    assert.is(answer.harmProbability, probabilities[i]);
    assert.is(answer.guarded, probabilities[i]! >= 0.5);
    assert.equal(answer.promptIds, prompts[i]);
    assert.equal(answer.ids, answer.guarded ? refusal : plain[i]!.ids);
    assert.is(answer.stop, answer.guarded ? "token" : "length");
    assert.is(heard.filter((prompt) => prompt === i).length, answer.guarded ? 0 : 5);
  }
});

test("continuing: the answer begins with the refusal and the model goes on from it", async () => {
  const answers = await new Safeguard(predictor, { refusal, action: "continue" }).generate(prompts, settings);
  for (const [i, answer] of answers.entries()) {
    const [after] = await generate(model, [[...prompts[i]!, ...refusal]], settings);
    assert.equal(answer.ids, answer.guarded ? [...refusal, ...after!.ids] : plain[i]!.ids);
  }
});

test("the threshold decides: at 0 everything is refused, above every probability nothing is", async () => {
  const all = await new Safeguard(predictor, { refusal, threshold: 0 }).generate(prompts, settings);
  assert.ok(all.every(({ guarded }) => guarded));
  const probabilities = await predictor.probabilities(prompts);
  const most = Math.max(...probabilities);
  const few = await new Safeguard(predictor, { refusal, threshold: most }).generate(prompts, settings);
  assert.is(few.filter(({ guarded }) => guarded).length, 1);
});

test("the overhead is made of what was measured", async () => {
  const {
    prompts: count,
    predicting,
    reading,
    generating,
    ratio,
    ratioWithReading,
  } = await new Safeguard(predictor, { refusal }).overhead(prompts, settings);
  assert.is(count, 20);
  assert.ok([predicting, reading, generating].every((seconds) => seconds > 0 && Number.isFinite(seconds)));
  assert.ok(Math.abs(ratio - (generating + predicting) / generating) < 1e-9);
  assert.ok(Math.abs(ratioWithReading - (generating + reading + predicting) / generating) < 1e-9);
});

test("options that make no sense are refused; a checkpoint without a tokenizer needs token ids", async () => {
  for (const options of [{ threshold: 2 }, { refusal: "" }, { action: "warn" as "refuse" }])
    assert.throws(
      () => new Safeguard(predictor, options),
      (error: unknown) => error instanceof OptionError,
    );
  await new Safeguard(predictor).generate(prompts, settings).then(
    () => assert.unreachable("encoded a text without a tokenizer"),
    (error: Error) => assert.match(error.message, /tokenizer/),
  );
});

(hasSmolLM2() ? test : test.skip)("SmolLM2: questions told from orders by its neurons; a refusal is put before the text", async () => {
  const real = await loadModel("HuggingFaceTB/SmolLM2-135M-Instruct", { engine });
  const things = ["bread", "a bridge", "the moon", "a garden", "rain", "a violin", "cheese", "a map"];
  const questions = things.map((thing) => `What is ${thing} made of?`);
  const orders = things.map((thing) => `Write a short poem about ${thing}.`);
  const last = NeuronSet.fromFlat(
    { model: real.name, layers: 30, neurons: 1536 },
    Uint32Array.from({ length: 300 }, (_, i) => 15 * 1536 + i),
  );
  const labels = [...questions.map(() => true), ...orders.map(() => false)];
  const told = await trainHarmPredictor(real, [...questions.slice(2), ...orders.slice(2)], labels.slice(2, -2), {
    neurons: last,
    chat: true,
  });
  const guard = new Safeguard(told, { action: "continue", refusal: "Let me think." });
  const [asked, ordered] = await guard.generate([questions[0]!, orders[0]!], { newTokens: 4 });
  assert.is(asked!.guarded, true);
  assert.ok(asked!.text.startsWith("Let me think.") && asked!.text.length > "Let me think.".length, asked!.text);
  assert.is(ordered!.guarded, false);
  assert.match(asked!.prompt, /<\|im_start\|>user\nWhat is bread made of\?<\|im_end\|>/);
});

test.after(() => engine.dispose());
test.run();
