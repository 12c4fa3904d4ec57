import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import { trainDpo } from "../../src/training/dpo.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const pairs = randomPrompts(1, 12, 2, 6).map((prompt, i) => ({ prompt, chosen: [7, i, 5].slice(0, 1 + (i % 3)), rejected: [9, 9] }));
const once = { learningRate: 0.02, batch: pairs.length, steps: 1, seed: 2, passTokens: 20 };

test("chosenWeight adds the chosen answers' mean negative log-likelihood a token, averaged over pairs", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const loss = async (chosenWeight: number) => (await trainDpo(model, pairs, { ...once, chosenWeight })).losses[0]!;
  const scored = await score(
    model,
    pairs.map(({ prompt }) => prompt),
    { completions: pairs.map(({ chosen }) => chosen) },
  );
  const expected = scored.reduce((sum, { total }, i) => sum - total / pairs[i]!.chosen.length, 0) / pairs.length;
  const plain = await loss(0);
  assert.ok(Math.abs(plain - Math.log(2)) < 1e-5, `${plain}`);
  assert.ok(Math.abs(((await loss(0.5)) - plain) / 0.5 - expected) < 1e-4 * expected, `${expected}`);
});

test("chosenWeight keeps chosen answers likely that preference alone makes unlikely", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const likelihood = async (chosenWeight: number) => {
    const { adapter } = await trainDpo(model, pairs, { ...once, steps: 20, chosenWeight });
    const texts = await score(
      await model.withAdapters(adapter),
      pairs.map(({ prompt }) => prompt),
      { completions: pairs.map(({ chosen }) => chosen) },
    );
    return texts.reduce((sum, { total }) => sum + total, 0);
  };
  assert.ok((await likelihood(1)) > (await likelihood(0)));
});

test("a weight below 0 is refused", async () => {
  await trainDpo(await loadTiny(engine, "gqa"), pairs, { chosenWeight: -1 }).then(
    () => assert.unreachable("trained"),
    (error: Error) => assert.instance(error, OptionError),
  );
});

test.after(() => engine.dispose());
test.run();
