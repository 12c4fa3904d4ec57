import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { OptionError } from "../../../src/errors.js";
import { openStudy } from "../../../src/lab/study/open-study.js";
import type { Study } from "../../../src/lab/study/study.js";
import { contrast } from "../../../src/neurons/contrast.js";
import { causalEffect } from "../../../src/neurons/patching.js";
import { organismCost } from "../../../src/organism/index.js";
import { tempFolder } from "../../support/temp.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const folder = tempFolder();
const size = { prompts: 12, findingPrompts: 12, abilityItems: 20 };
let study: Study;
test.before(async () => {
  study = await openStudy("organism", { engine, results: folder, ...size });
});
test.after(() => engine.dispose());

const files = (kind: string) => fs.readdirSync(path.join(folder, kind)).length;

test("the organism's study: five pairs, four benchmarks, what is found on has no prompt in common with what is measured on", async () => {
  assert.equal(study.seeds, [0, 1, 2, 3, 4]);
  assert.is(study.safety, "harmless");
  assert.equal(study.seedsOf("helpful"), [0]);
  assert.equal(study.benchmarks, ["direct", "conversation", "imperative", "wrapped"]);
  assert.equal(study.findingSets[0], { name: "harmless", kind: "safety" });
  const found = new Set((await study.prompts("harmless")).map(({ messages }) => messages[0]!.content));
  for (const on of study.benchmarks) {
    const asked = await study.prompts(on);
    assert.is(asked.length, size.prompts);
    for (const { messages } of asked) assert.not.ok(found.has(messages[0]!.content));
  }
});

test("scores and effects are those of contrast and causalEffect, and are kept", async () => {
  const [sft, dpo] = [study.sft(), study.dpo()];
  const scores = await study.contrast(sft, dpo);
  const plain = await contrast(sft, dpo, await study.prompts("harmless"), { newTokens: study.size.findingTokens });
  assert.equal([...scores.values], [...plain.values]);
  const neurons = scores.top(0.05);
  const result = await study.effect(sft, { from: dpo, neurons, on: "direct" });
  const { effect } = await causalEffect(sft, {
    ...{ from: dpo, neurons, prompts: await study.prompts("direct"), newTokens: study.size.newTokens },
    cost: ({ prompt, text }) => organismCost(prompt, text),
  });
  assert.ok(Math.abs(result.effect!.value - effect.effect!.value) < 1e-4, `${result.effect!.value}, ${effect.effect!.value}`);
  assert.ok(result.first.perplexity > 1 && result.first.perplexity < 3);

  const before = { answers: files("answers"), scores: files("scores") };
  const again = await openStudy("organism", { engine, results: folder, ...size });
  const order = await again.effect(again.sft(), {
    from: again.dpo(),
    // the order of a set does not matter to a patch
    neurons: (await again.contrast(again.sft(), again.dpo())).top(0.05).random({ seed: 1 }).union(neurons).intersection(neurons),
    on: "direct",
  });
  assert.equal(order.patched.costs, result.patched.costs);
  assert.equal({ answers: files("answers"), scores: files("scores") }, before);
});

test("one model is compared with several on the same answers, which are written once", async () => {
  const sft = study.sft();
  // of each run over the texts: writing them, and reading them
  const totals = async (textOf: "first" | "second") => {
    const seen = new Set<number>();
    await study.contrast(sft, other, { textOf, onProgress: ({ total }) => seen.add(total) });
    return seen.size;
  };
  const other = study.dpo(0, "helpful");
  assert.is(await totals("first"), 1);
  const scores = await study.contrast(sft, other);
  const plain = await contrast(sft, other, await study.prompts("harmless"), { newTokens: study.size.findingTokens });
  assert.equal([...scores.values], [...plain.values]);
  assert.is(await totals("second"), 2);
});

test("general ability with chance and change, texts never kept", async () => {
  const sft = study.sft();
  const sums = await study.ability("arithmetic", sft);
  assert.ok(sums.estimate.value > 0.8);
  assert.is(sums.chance, undefined);
  assert.is(sums.since(sums).value, 0);
  const purposes = await study.ability("purposes", sft);
  assert.ok(Math.abs(purposes.chance! - 0.2) < 1e-9);
  assert.is(purposes.atChance, false);
  const text = await study.ability("plain text", sft);
  assert.is(text.measure, "perplexity");
  assert.ok(text.estimate.low > 1 && text.estimate.low < text.estimate.value && text.estimate.value < text.estimate.high);
  const opinion = await study.secondOpinion(sft, "direct");
  assert.is(opinion.costs.length, opinion.second.length);
  for (const kind of ["answers", "abilities", "opinions"])
    for (const file of fs.readdirSync(path.join(folder, kind)))
      assert.not.match(fs.readFileSync(path.join(folder, kind, file), "utf8"), /how do|first|please/i);
});

test("names that the laboratory lacks are refused with those that it has", async () => {
  const refused = async (ask: () => unknown, says: RegExp) => {
    try {
      await ask();
      assert.unreachable();
    } catch (error) {
      assert.instance(error, OptionError);
      assert.match((error as Error).message, says);
    }
  };
  await refused(() => study.dpo(0, "nothing"), /dpo-harmless \(seeds 0, 1, 2, 3, 4\)/);
  await refused(() => study.answers(study.sft(), "nothing"), /direct/);
  await refused(() => study.ability("nothing", study.sft()), /arithmetic/);
  await refused(() => openStudy("nothing"), /smollm2/);
  await refused(() => openStudy("organism", { engine, prompts: 0 }), /whole number/);
});

test.run();
