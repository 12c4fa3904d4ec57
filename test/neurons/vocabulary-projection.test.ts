import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { loadModel } from "../../src/engine/model.js";
import { OptionError, ShapeError } from "../../src/errors.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { vocabularyProjection } from "../../src/neurons/vocabulary-projection.js";
import { hasSmolLM2 } from "../support/cli.js";
import { expectedValues, nearEach } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { loadTiny } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const values = expectedValues("baselines");
const shape = { model: "tiny", layers: 2, neurons: 32 };
const some = NeuronSet.of(shape, [
  [1, 3],
  [0, 0],
  [1, 31],
]);

for (const folder of ["gqa", "bias"])
  test(`${folder}: the promoted tokens and their logits are torch's`, async () => {
    const model = await loadTiny(engine, folder);
    const { tokens, neurons } = await vocabularyProjection(model, some, { top: 7 });
    assert.equal(neurons, [...some]);
    const { data } = values.get(`projection/${folder}`)!;
    for (const [rank, [layer, index]] of neurons.entries()) {
      const logits = data.subarray((layer * 32 + index) * 64, (layer * 32 + index + 1) * 64);
      const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 7);
      assert.equal(
        tokens[rank]!.map(({ id }) => id),
        order,
      );
      nearEach(
        tokens[rank]!.map(({ logit }) => logit),
        order.map((id) => logits[id]!),
        1e-4,
        1e-5,
        "logits",
      );
    }
  });

test("an (IA)^3 adapter changes no value vector, a LoRA adapter on down_proj does", async () => {
  const [bare, scaled] = [await loadTiny(engine, "gqa"), await loadTiny(engine, "gqa", "ia3-a")];
  const low = await loadModel(fixture("tiny", "gqa"), { engine, adapters: [fixture("lora", "down")] });
  const [a, b, c] = [
    await vocabularyProjection(bare, some),
    await vocabularyProjection(scaled, some),
    await vocabularyProjection(low, some),
  ];
  assert.equal(b.tokens, a.tokens);
  assert.not.equal(c.tokens, a.tokens);
});

test("the table has a row a token, in order; a checkpoint without a tokenizer gives ids alone", async () => {
  const projection = await vocabularyProjection(await loadTiny(engine, "gqa"), some, { top: 2 });
  assert.equal(projection.table().columnNames(), ["rank", "layer", "neuron", "place", "id", "token", "logit"]);
  assert.is(projection.table().numRows(), 6);
  assert.equal(projection.table().array("place"), [0, 1, 0, 1, 0, 1]);
  assert.match(projection.toString(), /\[1, 3\] \d+ \d+/);
});

test("a set of another model, more tokens than there are and an abort end the call", async () => {
  const model = await loadTiny(engine, "gqa");
  const fails = (call: Promise<unknown>, kind: new (...args: never[]) => Error) =>
    call.then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.instance(error, kind),
    );
  await fails(vocabularyProjection(model, NeuronSet.of({ ...shape, layers: 3 }, [[2, 0]])), ShapeError);
  await fails(vocabularyProjection(model, some, { top: 65 }), OptionError);
  await fails(vocabularyProjection(model, some, { signal: AbortSignal.abort(new TypeError("enough")) }), TypeError);
});

(hasSmolLM2() ? test : test.skip)("SmolLM2: value vectors of the first layer's neurons give words of its vocabulary", async () => {
  const model = await loadModel("HuggingFaceTB/SmolLM2-135M-Instruct", { engine });
  const set = NeuronSet.of({ model: model.name, layers: 30, neurons: 1536 }, [
    [0, 0],
    [29, 7],
  ]);
  let last = 0;
  const { tokens } = await vocabularyProjection(model, set, { top: 5, onProgress: ({ done }) => (last = done) });
  assert.is(last, 49152);
  const tokenizer = await model.tokenizer();
  for (const promoted of tokens)
    for (const [i, { id, text, logit }] of promoted.entries()) {
      assert.is(text, tokenizer.pieces([id])[0]);
      assert.ok(i === 0 || logit <= promoted[i - 1]!.logit);
    }
});

test.after(() => engine.dispose());
test.run();
