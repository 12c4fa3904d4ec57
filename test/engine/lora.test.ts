import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { patch, zero } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { valueNorms } from "../../src/neurons/value-vectors.js";
import type { Adapter } from "../../src/weights/peft.js";
import { expectedValues, largest, near, readJson } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { copyTiny, loadTiny, madeUpAdapter, perturbed } from "../support/tiny.js";

interface Pair {
  readonly first: string[];
  readonly second: string[];
  readonly texts: number[][];
  readonly top: [number, number][];
  readonly patched: number[][];
}
interface Expected {
  readonly prompts: number[][];
  readonly newTokens: number;
  readonly continuations: Record<string, number[][]>;
  readonly pairs: Record<string, Pair>;
}

const engine = new Engine({ threads: 1, provider: "cpu" });
const { prompts, newTokens, continuations, pairs } = readJson<Expected>("lora", "expected.json");
const values = expectedValues("lora");
const folderOf = (name: string) => fixture(name.startsWith("ia3") ? "tiny" : "lora", name);
const stacked = (names: readonly string[]): Promise<Model> => loadModel(fixture("tiny", "gqa"), { engine, adapters: names.map(folderOf) });
const SHAPE = { model: fixture("tiny", "gqa"), layers: 2, neurons: 32 };
const writing = { newTokens, stopTokens: [] };

for (const [stack, texts] of Object.entries(continuations)) {
  test(`${stack}: every site, the logits and the greedy tokens are peft's`, async () => {
    const model = await stacked(stack.split("+"));
    for (const [index, prompt] of prompts.entries()) {
      const names = [...values.keys()].flatMap((key) =>
        key.startsWith(`${stack}/${index}/`) ? [key.slice(`${stack}/${index}/`.length)] : [],
      );
      assert.ok(names.length > (index === 2 ? 12 : 0));
      const { sites } = await capture(model, [prompt], { sites: names });
      for (const name of names) {
        const wanted = values.get(`${stack}/${index}/${name}`)!.data;
        near(sites.get(name)!.data, wanted, 1e-4 * Math.max(1, largest(wanted) / 10), `${index}/${name}`);
      }
    }
    const written = await generate(model, prompts, writing);
    assert.equal(
      written.map(({ ids }) => ids),
      texts,
    );
  });
}

for (const [name, { first, second, texts, top, patched }] of Object.entries(pairs)) {
  test(`${name}: change scores, value norms and patched texts are those of the definitions over peft`, async () => {
    const [one, two] = [await stacked(first), await stacked(second)];
    const scores = await contrast(one, two, prompts, { completions: texts });
    const wanted = values.get(`${name}/change_score`)!.data;
    near(scores.values, wanted, 1e-4, "change scores");
    near(valueNorms(two), values.get(`${name}/value_norms`)!.data, 1e-4, "value norms");
    const set = NeuronSet.of(SHAPE, top);
    const rows = await generate(one, prompts, { ...writing, interventions: [patch(set, two)] });
    assert.equal(
      rows.map(({ ids }) => ids),
      patched,
    );
    assert.not.equal(patched, texts);
  });
}

test("donor and recipient that differ by LoRA are rows of one batch in one session, and each computes what it computes alone", async () => {
  await using own = new Engine({ threads: 1, provider: "cpu" });
  const bare = await loadModel(fixture("tiny", "gqa"), { engine: own });
  const [one, two, ia3] = await Promise.all([["plain"], ["down"], ["ia3-kv"]].map((names) => bare.withAdapters(...names.map(folderOf))));
  const nothing = NeuronSet.of(SHAPE, []);
  const everything = NeuronSet.of(
    SHAPE,
    [0, 1].flatMap((layer) => Array.from({ length: 32 }, (_, i) => [layer, i] as const)),
  );
  const logits = async (model: Model, donor?: Model, set = nothing) =>
    (await score(model, prompts, { logits: "all", interventions: donor ? [patch(set, donor)] : [] })).map((text) => text.logits!.data);
  const alone = await Promise.all([one!, two!, ia3!, bare].map((model) => logits(model)));
  const before = own.sessionCount;
  const beside = await logits(one!, two!);
  assert.is(own.sessionCount, before + 1, "one more session for the pair");
  for (const [model, donor, at] of [
    [one!, two!, 0],
    [two!, one!, 1],
    [ia3!, one!, 2],
    [bare, two!, 3],
    [one!, bare, 0],
  ] as const)
    for (const [i, row] of (await logits(model, donor)).entries()) near(row, alone[at]![i]!, 1e-5, `model ${at}, prompt ${i}`);
  for (const [i, row] of beside.entries()) near(row, alone[0]![i]!, 1e-5);
  const whole = await logits(one!, two!, everything);
  assert.ok(
    whole.some((row, i) => row.some((x, at) => Math.abs(x - alone[0]![i]![at]!) > 0.01)),
    "the patch did nothing",
  );
});

test("bare and (IA)^3 models have no trace of LoRA in their sessions, and adapters of other ranks share one", async () => {
  await using own = new Engine({ threads: 1, provider: "cpu" });
  const bare = await loadModel(fixture("tiny", "gqa"), { engine: own });
  await score(bare, prompts);
  await score(await bare.withAdapters(folderOf("ia3-a")), prompts);
  assert.is(own.sessionCount, 1);
  const plain = await bare.withAdapters(folderOf("plain"));
  const rank1 = await bare.withAdapters(withRank(plain.adapters[0]!, 1));
  await score(plain, prompts);
  await score(rank1, prompts);
  assert.is(own.sessionCount, 2);
});

/** The first ranks of a LoRA adapter alone. */
function withRank(adapter: Adapter, rank: number): Adapter {
  assert.ok(adapter.type === "lora");
  const updates = adapter.updates.map((update) => {
    const [inputs, outputs] = [update.a.length / update.rank, update.b.length / update.rank];
    const b = Float32Array.from({ length: outputs * rank }, (_, i) => update.b[Math.floor(i / rank) * update.rank + (i % rank)]!);
    return { ...update, rank, a: update.a.slice(0, rank * inputs), b };
  });
  return { ...adapter, digest: `${adapter.digest} cut`, updates };
}

test("a donor with other weights and LoRA runs in lock step as it runs alone", async () => {
  const folder = copyTiny("gqa", perturbed(3, 0.05));
  const donor = await loadModel(folder, { engine, adapters: [folderOf("all")] });
  const recipient = await stacked(["plain"]);
  const set = NeuronSet.of(
    SHAPE,
    [3, 9, 30].map((i) => [1, i] as const),
  );
  const own = await capture(donor, prompts, { sites: "blocks.1.mlp.hook_post" });
  const seen = await capture(recipient, prompts, { sites: "blocks.1.mlp.hook_post", interventions: [patch(set, donor)] });
  const [a, b] = [own, seen].map(({ sites }) => sites.get("blocks.1.mlp.hook_post")!.data);
  for (let row = 0; row < a!.length / 32; row++)
    for (const i of [3, 9, 30]) near([b![row * 32 + i]!], [a![row * 32 + i]!], 1e-5, `row ${row}, neuron ${i}`);
});

test("an intervention on a neuron changes what a LoRA of down_proj reads, as it changes what the weight reads", async () => {
  const model = await stacked(["down"]);
  const all = NeuronSet.of(
    SHAPE,
    Array.from({ length: 32 }, (_, i) => [1, i] as const),
  );
  const { sites } = await capture(model, prompts, { sites: "blocks.1.hook_mlp_out", interventions: [zero(all)] });
  assert.is(largest(sites.get("blocks.1.hook_mlp_out")!.data), 0);
});

test("lanes that end early leave the batch and the others go on unchanged", async () => {
  const model = await stacked(["down", "ia3-kv", "all", "ia3-b"]);
  const donor = await stacked(["plain"]);
  const none = NeuronSet.of(SHAPE, []);
  const texts = continuations["down+ia3-kv+all+ia3-b"]!;
  const stop = texts[0]![3]!;
  const rows = await generate(model, prompts, { newTokens, stopTokens: [stop], interventions: [patch(none, donor)] });
  rows.forEach(({ ids }, i) => {
    const end = texts[i]!.indexOf(stop);
    assert.equal([...ids], end < 0 ? texts[i]! : texts[i]!.slice(0, end));
  });
});

test("an adapter that does not fit the model, or what it is stacked on, is refused by name", async () => {
  const bare = await loadTiny(engine, "gqa");
  const refused = async (adapters: (string | Adapter)[], message: RegExp) => {
    const error = await bare.withAdapters(...adapters).then(
      () => undefined,
      (reason: Error) => reason,
    );
    assert.instance(error, OptionError);
    assert.match(error!.message, message);
  };
  const update = { layer: 0, module: "v_proj", rank: 2, a: new Float32Array(128), b: new Float32Array(64), scaling: 1 } as const;
  const lora = (change: object): Adapter => ({ type: "lora", name: "odd", folder: "", digest: "", updates: [{ ...update, ...change }] });
  await refused([lora({ layer: 2 })], /adapter odd: expected layers below 2/);
  await refused([lora({ a: new Float32Array(120) })], /60 inputs and 32 outputs for v_proj of layer 0/);
  const silent = madeUpAdapter(bare, 1);
  silent.scales[1]!.values[5] = 0;
  await refused([silent, folderOf("down")], /LoRA on down_proj of layer 1 above an \(IA\)\^3 scale of 0/);
  const below = await bare.withAdapters(folderOf("down"), silent);
  assert.is((await generate(below, prompts, writing)).length, prompts.length);
});

test.after(() => engine.dispose());
test.run();
