import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { loadModel } from "../../src/engine/model.js";
import { OptionError } from "../../src/errors.js";
import { capture } from "../../src/neurons/capture.js";
import type { ChangeScores } from "../../src/neurons/change-scores.js";
import { contrast } from "../../src/neurons/contrast.js";
import { valueNorms } from "../../src/neurons/value-vectors.js";
import { readFloat32 } from "../../src/weights/safetensors.js";
import { nearEach } from "../support/expected.js";
import { formulas, formulaValues } from "../support/formulas.js";
import { fixture } from "../support/paths.js";
import { copyTiny, loadTiny, perturbed } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const { prompts, texts, newTokens, sets } = formulas;
const settings = { newTokens, stopTokens: [] };
const first = await loadTiny(engine, "gqa", "ia3-a");
const second = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
const adapters = ["ia3-a", "ia3-b"].map((name) => fixture("tiny", name));

function equalsFixture(scores: ChangeScores, key: string): void {
  const wanted = (value: string) => formulaValues.get(`${key}/${value}`)!.data;
  assert.is(scores.count, formulas.positionCounts[key]);
  nearEach(scores.values, wanted("change_score"), 1e-4, 1e-7, `${key} change_score`);
  nearEach(scores.first.mean, wanted("mean_first"), 1e-4, 5e-6, `${key} mean_first`);
  nearEach(scores.second.mean, wanted("mean_second"), 1e-4, 5e-6, `${key} mean_second`);
  nearEach(scores.first.std, wanted("std_first"), 1e-4, 5e-6, `${key} std_first`);
  nearEach(scores.second.std, wanted("std_second"), 1e-4, 5e-6, `${key} std_second`);
}

for (const textOf of ["first", "second"] as const)
  for (const positions of ["predicting", "generated", "prompt", "prompt-last"] as const)
    test(`change scores, means and deviations at ${positions} positions of the ${textOf} model's text`, async () => {
      const scores = await contrast(first, second, prompts, { ...settings, positions, textOf });
      equalsFixture(scores, `${textOf}/${positions}`);
      assert.is(scores.positions, positions);
      const given = await contrast(first, second, prompts, { positions, completions: texts[textOf] });
      assert.equal([given.values, given.first, given.second], [scores.values, scores.first, scores.second]);
    });

test("the tops are those of the definition, in its order", async () => {
  const scores = await contrast(first, second, prompts, settings);
  assert.equal([...scores.top(0.05)], sets.top5);
  assert.equal([...scores.top(0.25)], sets.top25);
  assert.equal([...scores.top(0.25, { score: "layer" })], sets["top25-layer"]);
  assert.equal([...scores.top(0.25, { score: "value-layer" })], sets["top25-value-layer"]);
  assert.equal([...(await contrast(first, second, prompts, { ...settings, excludeLastLayers: 1 })).top(0.25)], sets["top25-exclude-last"]);
  for (const kind of ["layer", "value-layer"] as const)
    nearEach(scores.scores(kind), formulaValues.get(`first/predicting/${kind}`)!.data, 1e-4, 1e-7, kind);
});

test("a second model with weights of its own gives the same scores as the same weights in one batch", async () => {
  // another config.json, so another checkpoint, with the same numbers in it
  const copy = await loadModel(copyTiny("gqa", undefined, { note: "copy" }), { engine, adapters });
  assert.not(copy.sharesWeightsWith(first));
  for (const positions of ["predicting", "prompt"] as const)
    equalsFixture(await contrast(first, copy, prompts, { completions: texts.first, positions }), `first/${positions}`);
  equalsFixture(await contrast(first, copy, prompts, { ...settings, textOf: "second" }), "second/predicting");
});

test("a second model with other weights: the mean square of the differences of both models' activations", async () => {
  const other = await loadModel(copyTiny("gqa", perturbed(3, 0.05)), { engine });
  const scores = await contrast(first, other, prompts, { completions: texts.first });
  const options = { sites: "mlp.hook_post", completions: texts.first, positions: "predicting" } as const;
  const [a, b] = [await capture(first, prompts, options), await capture(other, prompts, options)];
  for (const layer of [0, 1]) {
    const [x, y] = [a, b].map((side) => side.sites.get(`blocks.${layer}.mlp.hook_post`)!.data) as [Float32Array, Float32Array];
    const wanted = Array.from({ length: 32 }, (_, i) => {
      let sum = 0;
      for (let at = i; at < x.length; at += 32) sum += (x[at]! - y[at]!) ** 2;
      return Math.sqrt(sum / (x.length / 32));
    });
    nearEach(scores.values.subarray(layer * 32, (layer + 1) * 32), wanted, 1e-4, 1e-7, `layer ${layer}`);
  }
});

test("positions of the prompt alone need no text: nothing is written", async () => {
  // more tokens than the model could write
  for (const positions of ["prompt", "prompt-last"] as const)
    equalsFixture(await contrast(first, second, prompts, { positions, newTokens: 1e6 }), `first/${positions}`);
});

test("batches of any size give the same scores", async () => {
  const whole = await contrast(first, second, prompts, settings);
  for (const batch of [1, 2, 3]) {
    const scores = await contrast(first, second, prompts, { ...settings, batch });
    nearEach(scores.values, whole.values, 1e-5, 1e-7, `batch ${batch}`);
    nearEach(scores.first.std, whole.first.std, 1e-5, 1e-7, `batch ${batch}`);
    nearEach(scores.second.mean, whole.second.mean, 1e-5, 1e-7, `batch ${batch}`);
  }
});

test("a model does not differ from itself", async () => {
  const scores = await contrast(first, first, prompts, settings);
  assert.ok(scores.values.every((x) => x === 0));
  assert.equal(scores.first, scores.second);
});

test("texts that end at once leave nothing to compare", async () => {
  for (const options of [{ completions: prompts.map(() => []) }, { newTokens: 4, stopTokens: Array.from({ length: 64 }, (_, i) => i) }])
    await contrast(first, second, prompts, options).then(
      () => assert.unreachable("accepted"),
      (error: unknown) => assert.ok(error instanceof OptionError && /did every text end at once/.test(error.message)),
    );
});

test("a text that ends at once beside others counts no position", async () => {
  const completions = [[], ...texts.first.slice(1)];
  const scores = await contrast(first, second, prompts, { completions });
  const without = await contrast(first, second, prompts.slice(1), { completions: completions.slice(1) });
  assert.is(scores.count, without.count);
  nearEach(scores.values, without.values, 1e-5, 1e-7, "scores");
});

test("where scores come from is recorded", async () => {
  const { origin } = await contrast(first, second, prompts, settings);
  const { models, texts: read, options } = origin as { models: { adapters: unknown[] }[]; texts: { count: number }; options: object };
  assert.equal(
    models.map((model) => model.adapters.length),
    [1, 2],
  );
  assert.is(read.count, 4);
  assert.equal(options, { positions: "predicting", newTokens, textOf: "first", excludeLastLayers: 0 });
  assert.equal(JSON.parse(JSON.stringify(origin)), origin);
});

test("models of another shape and options without sense are refused", async () => {
  const smaller = await loadTiny(engine, "head-dim");
  const cases: [() => Promise<unknown>, RegExp][] = [
    [() => contrast(first, smaller, prompts, settings), /a model of the recipient's shape \(2 x 32\)/],
    [() => contrast(first, second, prompts, { textOf: "third" as "first" }), /textOf: expected first or second/],
    [() => contrast(first, second, prompts, { positions: "last" as "all" }), /positions: expected all, prompt/],
    [() => contrast(first, second, prompts, { ...settings, excludeLastLayers: 2 }), /excludeLastLayers/],
    [() => contrast(first, second, prompts, { ...settings, newTokens: 0 }), /newTokens/],
  ];
  for (const [call, message] of cases)
    await call().then(
      () => assert.unreachable(`accepted: ${message}`),
      (error: unknown) => assert.ok(error instanceof OptionError && message.test(error.message), String(error)),
    );
});

test("norms of value vectors are those of down_proj's columns, in any precision", async () => {
  for (const folder of ["gqa", "sharded", "bf16", "f16"]) {
    const model = await loadTiny(engine, folder);
    const norms = valueNorms(model);
    for (const layer of [0, 1]) {
      const weights = readFloat32(model.checkpoint.tensors.get(`model.layers.${layer}.mlp.down_proj.weight`)!);
      const wanted = Array.from({ length: 32 }, (_, i) => Math.hypot(...Array.from({ length: 64 }, (_, row) => weights[row * 32 + i]!)));
      nearEach(norms.subarray(layer * 32, (layer + 1) * 32), wanted, 1e-6, 0, `${folder} layer ${layer}`);
    }
  }
});

test("the same call gives the same bytes and origin, in another engine too", async () => {
  const again = new Engine({ threads: 2, provider: "cpu" });
  const pair = [await loadTiny(again, "gqa", "ia3-a"), await loadTiny(again, "gqa", "ia3-a", "ia3-b")] as const;
  const bytes = ({ values, first, second }: ChangeScores) =>
    [values, first.mean, first.std, second.mean, second.std].map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  const here = await contrast(first, second, prompts, settings);
  const there = await contrast(...pair, prompts, settings);
  await again.dispose();
  bytes(here).forEach((buffer, i) => {
    assert.ok(buffer.equals(bytes(there)[i]!), `array ${i}`);
  });
  assert.equal(here.origin, there.origin);
});

test.after(() => engine.dispose());
test.run();
