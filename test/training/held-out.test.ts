import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { trainDpo } from "../../src/training/dpo.js";
import { dpoFit, sftFit } from "../../src/training/held-out.js";
import { trainSft } from "../../src/training/sft.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(3, 12, 2, 6);
const examples = prompts.map((prompt, i) => ({ prompt, answer: i % 2 === 0 ? [7, 3] : [5] }));
const pairs = prompts.map((prompt, i) => ({ prompt, chosen: [7, i], rejected: [9, 9, 9] }));
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-5, `${a} and ${b}`);

test("SFT's fit is the loss that a step over the same examples starts from, weights counted", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const weighted = examples.map((example) => ({ ...example, weights: example.answer.map((_, token) => 1 + token) }));
  for (const some of [examples, weighted]) {
    const { losses } = await trainSft(model, some, { steps: 1, batch: some.length });
    close((await sftFit(model, some)).loss, losses[0]!);
  }
});

test("DPO's fit: nothing where the model is its reference, and else the numbers that training starts from", async () => {
  const [model, reference] = [await loadTiny(engine, "gqa", "ia3-a"), await loadTiny(engine, "gqa")];
  const same = await dpoFit(model, pairs, { reference: model });
  close(same.loss, Math.LN2);
  assert.equal([same.margin, same.accuracy], [0, 0]);
  const { history } = await trainDpo(model, pairs, { steps: 1, batch: pairs.length, beta: 0.7, reference });
  const fit = await dpoFit(model, pairs, { reference, beta: 0.7 });
  close(fit.loss, history[0]!.loss);
  close(fit.margin, history[0]!.margin!);
  close(fit.accuracy, history[0]!.accuracy!);
  assert.ok(fit.accuracy > 0 && fit.accuracy < 1);
});

test("a margin so large that its exponential overflows gives a finite loss", async () => {
  const [model, reference] = [await loadTiny(engine, "gqa", "ia3-a"), await loadTiny(engine, "gqa")];
  const { loss, margin } = await dpoFit(model, pairs, { reference, beta: 1e6 });
  assert.ok(Number.isFinite(loss) && loss > 0 && Number.isFinite(margin));
  const wrong = await dpoFit(model, pairs, { reference, beta: 0 }).catch((error: unknown) => error);
  assert.instance(wrong, OptionError);
});

test.after(() => engine.dispose());
test.run();
