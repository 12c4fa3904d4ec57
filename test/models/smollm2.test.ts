import fs from "node:fs";
import path from "node:path";
import { test as suite } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { patch } from "../../src/neurons/interventions.js";
import type { Neuron } from "../../src/neurons/neuron.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { hubCacheDir } from "../../src/weights/hub.js";
import { expectedValues, near, nearEach, nearRelative, readJson } from "../support/expected.js";

type Texts = readonly (readonly number[])[];
const facts = readJson<{
  readonly model: string;
  readonly first: string[];
  readonly second: string[];
  readonly stop: number;
  readonly newTokens: number;
  readonly patchedTokens: number;
  readonly layers: number;
  readonly neurons: number;
  readonly positions: number;
  readonly questions: string[];
  readonly prompts: Texts;
  readonly bareIds: Texts;
  readonly firstIds: Texts;
  readonly secondIds: Texts;
  readonly patchedIds: Texts;
  readonly firstTexts: string[];
  readonly largest: Record<string, number>;
  readonly top: Record<"change" | "layer" | "value-layer", Neuron[]>;
}>("smollm2", "expected.json");

const cached = (repository: string) => fs.existsSync(path.join(hubCacheDir(), `models--${repository.replaceAll("/", "--")}`, "snapshots"));
const available = process.env.HF_HOME !== undefined && [facts.model, ...facts.second].every(cached);
const test = available ? suite : suite.skip;

const engine = new Engine({ threads: 2, provider: "cpu" });
const values = available ? expectedValues("smollm2") : new Map<string, never>();
const { prompts, newTokens, patchedTokens, stop } = facts;
const load = (adapters: string[] = []): Promise<Model> => loadModel(facts.model, { engine, adapters });
const tolerance = (key: string) => 1e-4 * Math.max(1, facts.largest[key]! / 10);
const scoredTexts = facts.firstIds.map((ids) => ids.slice(0, newTokens));

test("SmolLM2: logits and sites are those of transformers", async () => {
  for (const [side, model] of [
    ["bare", await load()],
    ["second", await load(facts.second)],
  ] as const) {
    const texts = prompts.slice(0, 2);
    const rows = await score(model, texts, { logits: "prompt-last" });
    for (const [i, { logits }] of rows.entries())
      near(
        logits!.data.filter((_, token) => token % 8 === 0),
        values.get(`${side}/${i}/logits.last.stride8`)!.data,
        tolerance(`${side}/${i}/logits`),
        `${side} ${i}`,
      );
    if (side === "bare") continue;
    const names = [0, 14, 29].flatMap((layer) => [`blocks.${layer}.hook_resid_post`, `blocks.${layer}.mlp.hook_post`]);
    const { sites } = await capture(model, texts, { sites: [...names, "ln_final.hook_normalized"], positions: [0, -1] });
    for (const [name, { data, units }] of sites)
      for (const i of [0, 1]) {
        const got = data.subarray(2 * i * units, 2 * (i + 1) * units);
        near(got, values.get(`second/${i}/${name}`)!.data, tolerance(`second/${i}/${name}`), `${name} of prompt ${i}`);
      }
  }
});

test("SmolLM2: chats are tokenised as in transformers, and texts are its greedy ones", async () => {
  const settings = { newTokens, stopTokens: [stop], chat: true };
  const bare = await generate(await load(), facts.questions, settings);
  assert.equal(
    bare.map((row) => row.promptIds),
    prompts,
  );
  assert.equal(
    bare.map((row) => row.ids),
    facts.bareIds,
  );
  assert.ok((await load()).config.stopTokens.includes(stop));
  for (const [adapters, wanted] of [
    [facts.first, facts.firstIds],
    [facts.second, facts.secondIds],
  ] as const) {
    const rows = await generate(await load([...adapters]), facts.questions.slice(0, 4), { ...settings, newTokens: patchedTokens });
    assert.equal(
      rows.map((row) => row.ids),
      wanted.slice(0, 4),
    );
    if (adapters === facts.first)
      assert.equal(
        rows.map((row) => row.text),
        facts.firstTexts.slice(0, 4),
      );
  }
});

test("SmolLM2: change scores and the top 5 % are those of the definition", async () => {
  const scores = await contrast(await load(facts.first), await load(facts.second), prompts, { completions: scoredTexts });
  assert.equal([scores.layers, scores.neurons, scores.count], [facts.layers, facts.neurons, facts.positions]);
  nearEach(scores.values, values.get("change_score")!.data, 1e-4, 1e-6, "change scores");
  const flat = (neurons: Iterable<Neuron>) => [...neurons].map(([layer, index]) => layer * facts.neurons + index).sort((a, b) => a - b);
  for (const kind of ["change", "layer", "value-layer"] as const) {
    assert.equal(flat(scores.top(0.05, { score: kind })), flat(facts.top[kind]), kind);
    // within the set two neighbours may be closer than the last digits
    const inOrder = facts.top[kind].map(([layer, index]) => scores.scores(kind)[layer * facts.neurons + index]!);
    assert.ok(
      inOrder.every((score, rank) => rank === 0 || score <= inOrder[rank - 1]! * (1 + 2e-4)),
      `order of ${kind}`,
    );
  }
});

test("SmolLM2: patched texts are those of the definition", async () => {
  const { model, layers, neurons } = facts;
  const set = NeuronSet.of({ model, layers, neurons }, facts.top["value-layer"]);
  const interventions = [patch(set, await load(facts.second))];
  const rows = await generate(await load(facts.first), prompts.slice(0, 4), {
    newTokens: patchedTokens,
    stopTokens: [stop],
    interventions,
  });
  assert.equal(
    rows.map((row) => row.ids),
    facts.patchedIds,
  );
});

test("SmolLM2: a row of a batch, patched, equals the same prompt alone", async () => {
  const interventions = [patch({ site: "mlp.hook_post", layers: [3, 20] }, await load(facts.second))];
  const first = await load(facts.first);
  const together = await score(first, prompts, { interventions, completions: scoredTexts, logits: "prompt-last", batch: 6 });
  for (const i of [0, 4]) {
    const [alone] = await score(first, [prompts[i]!], { interventions, completions: [scoredTexts[i]!], logits: "prompt-last" });
    nearRelative(together[i]!.logits!.data, alone!.logits!.data, 1e-5, `prompt ${i}`);
  }
});

suite.after(() => engine.dispose());
suite.run();
