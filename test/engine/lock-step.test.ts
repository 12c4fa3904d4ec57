import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { hasLayer, SITE_KINDS, siteName } from "../../src/models/sites.js";
import { capture } from "../../src/neurons/capture.js";
import { add, patch } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { causalEffect } from "../../src/neurons/patching.js";
import { difference, near, nearRelative } from "../support/expected.js";
import { formulas, setOf } from "../support/formulas.js";
import { fixture } from "../support/paths.js";
import { copyTiny, loadTiny, perturbed, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const adapters = (...names: string[]) => names.map((name) => fixture("tiny", name));
const ids = (rows: readonly { ids: readonly number[] }[]) => rows.map((row) => row.ids);

/** A donor whose weights are its own: those of `base` with noise. */
const stranger = (base: string) => loadModel(copyTiny(base, perturbed(7, 0.1)), { engine });

test("a copy of the same weights donates in lock step what the same weights donate in one batch", async () => {
  const { prompts, newTokens, patched, patchedAt } = formulas;
  const first = await loadTiny(engine, "gqa", "ia3-a");
  const copy = await loadModel(copyTiny("gqa", undefined, { note: "another" }), { engine, adapters: adapters("ia3-a", "ia3-b") });
  assert.not(first.sharesWeightsWith(copy));
  const settings = { newTokens, stopTokens: [] };
  for (const name of ["top5", "top25", "random25", "all"])
    for (const batch of [1, 3, undefined]) {
      const rows = await generate(first, prompts, { ...settings, batch, interventions: [patch(setOf(first, name), copy)] });
      assert.equal(ids(rows), patched[name], `${name}, batch ${batch}`);
    }
  for (const positions of ["prompt", "generated"] as const) {
    const interventions = [patch(setOf(first, "top25"), copy, { positions })];
    assert.equal(ids(await generate(first, prompts, { ...settings, interventions })), patchedAt[positions]);
  }
});

for (const folder of ["gqa", "odd-head"])
  test(`${folder}: a donor with other weights brings its text, rows that end early or are padded included`, async () => {
    const model = await loadTiny(engine, folder);
    const donor = await stranger(folder);
    const prompts = randomPrompts(71, 7, 1, 11);
    const interventions = [
      patch({ site: "resid_post", layers: [-1] }, donor),
      patch("ln_final.hook_normalized", donor),
      patch("logits", donor),
    ];
    const settings = { newTokens: 16, stopTokens: [3, 8, 20, 45, 50] };
    const wanted = await generate(donor, prompts, settings);
    assert.not.equal(await generate(model, prompts, settings), wanted);
    assert.ok(new Set(wanted.map((row) => row.ids.length)).size >= 3);
    for (const batch of [1, 3, 7])
      assert.equal(await generate(model, prompts, { ...settings, batch, interventions }), wanted, `batch ${batch}`);
    const scored = await score(model, prompts, { interventions, logits: "all" });
    for (const [i, row] of (await score(donor, prompts, { logits: "all" })).entries())
      nearRelative(scored[i]!.logits!.data, row.logits!.data, 1e-6, `prompt ${i}`);
  });

for (const kind of SITE_KINDS.filter((kind) => !kind.endsWith("pattern")))
  test(`${kind} is taken from a donor with other weights`, async () => {
    const model = await loadTiny(engine, "gqa");
    const donor = await stranger("gqa");
    const prompts = randomPrompts(72, 3, 4, 8);
    const site = hasLayer(kind) ? siteName(kind, 1) : kind;
    const options = { sites: site, positions: "all" } as const;
    const [own, theirs] = [await capture(model, prompts, options), await capture(donor, prompts, options)];
    assert.ok(difference(own.sites.get(site)!.data, theirs.sites.get(site)!.data) > 1e-3);
    const patched = await capture(model, prompts, {
      ...options,
      interventions: [patch({ site, units: [0, 5] }, donor, { positions: [-1, 1] })],
    });
    const { rows, units, data } = own.sites.get(site)!;
    const wanted = data.map((x, at) => {
      const { prompt, position } = rows[Math.floor(at / units)]!;
      const chosen = (at % units === 0 || at % units === 5) && (position === 1 || position === prompts[prompt]!.length - 1);
      return chosen ? theirs.sites.get(site)!.data[at]! : x;
    });
    near(patched.sites.get(site)!.data, wanted, 1e-5);
  });

test("writing with a donor of other weights equals reading the text with it", async () => {
  const model = await loadTiny(engine, "gqa");
  const donor = await stranger("gqa");
  const prompts = randomPrompts(73, 5, 2, 9);
  const set = NeuronSet.of({ model: "m", layers: 2, neurons: 32 }, [
    [0, 1],
    [0, 2],
    [0, 30],
    [1, 4],
    [1, 5],
  ]);
  const options = { sites: ["logits", "mlp.hook_post"], positions: "predicting", interventions: [patch(set, donor)] } as const;
  const written = await capture(model, prompts, { ...options, generate: { newTokens: 9, stopTokens: [] } });
  const read = await capture(model, prompts, { ...options, completions: ids(written.texts!) });
  for (const [name, { data }] of read.sites) nearRelative(written.sites.get(name)!.data, data, 1e-5, name);
});

test("a donor in lock step beside donors in the batch whose prompts are longer", async () => {
  const model = await loadTiny(engine, "gqa");
  const donor = await stranger("gqa");
  const prompts = randomPrompts(74, 3, 2, 4);
  const long = randomPrompts(75, 3, 9, 12);
  const alone = patch({ site: "hook_resid_mid", layers: [1] }, donor);
  const beside = patch({ site: "attn.hook_z", layers: [0] }, { prompts: long }, { positions: "prompt-last" });
  // the second patch lies before the first and everything after is the donor's
  const everything = patch({ site: "resid_post", layers: [1] }, donor);
  for (const batch of [1, 3]) {
    const got = await score(model, prompts, { interventions: [beside, everything], logits: "all", batch });
    for (const [i, row] of (await score(donor, prompts, { logits: "all" })).entries()) {
      const head = await score(model, [prompts[i]!], { interventions: [everything], logits: "all" });
      nearRelative(got[i]!.logits!.data, head[0]!.logits!.data, 1e-5, `prompt ${i} of batch ${batch}`);
      assert.is(row.logits!.data.length, head[0]!.logits!.data.length);
    }
    const settings = { newTokens: 6, stopTokens: [] };
    assert.equal(
      await generate(model, prompts, { ...settings, batch, interventions: [beside, alone, everything] }),
      await generate(model, prompts, { ...settings, interventions: [everything] }),
    );
  }
});

test("other interventions of the recipient leave the donor alone", async () => {
  const model = await loadTiny(engine, "gqa");
  const donor = await stranger("gqa");
  const prompts = randomPrompts(76, 4, 2, 6);
  const last = [patch({ site: "resid_post", layers: [1] }, donor)];
  const wanted = await score(model, prompts, { interventions: last, logits: "all" });
  const got = await score(model, prompts, { interventions: [add("hook_embed", 3), ...last], logits: "all" });
  for (const i of prompts.keys()) nearRelative(got[i]!.logits!.data, wanted[i]!.logits!.data, 1e-6);
});

test("causal effect between models with weights of their own", async () => {
  const model = await loadTiny(engine, "gqa");
  const donor = await stranger("gqa");
  const prompts = randomPrompts(77, 6, 2, 6);
  const { answers } = await causalEffect(model, {
    prompts,
    from: donor,
    neurons: { site: "logits" },
    newTokens: 8,
    stopTokens: [],
    cost: ({ ids }) => ids[0]!,
    draws: 50,
  });
  assert.equal(answers.patched, answers.second);
});

async function refused(call: () => Promise<unknown>, message: RegExp): Promise<void> {
  await call().then(
    () => assert.unreachable(`accepted: ${message}`),
    (error: Error) => assert.match(error.message, message),
  );
}

test("two donors with weights of their own in one call are refused, and patterns of one", async () => {
  const model = await loadTiny(engine, "gqa");
  const donors: Model[] = [await stranger("gqa"), await loadModel(copyTiny("gqa", perturbed(8, 0.1)), { engine })];
  const call = (site: string, from: Model[]) => () => score(model, [[1, 2]], { interventions: from.map((donor) => patch(site, donor)) });
  await refused(call("resid_post", donors), /one donor with other weights in a call/);
  await refused(call("attn.hook_pattern", donors.slice(0, 1)), /pattern is patched only between rows of one batch/);
  const config = { num_attention_heads: 8, head_dim: 8, num_key_value_heads: 4 };
  const otherHeads = await loadModel(copyTiny("gqa", undefined, config), { engine });
  await refused(call("attn.hook_z", [otherHeads]), /a model of the recipient's shape/);
});

test("a checkpoint that differs in the middle of a large tensor alone is another model", async () => {
  const embedding = "model.embed_tokens.weight";
  const folders = [false, true].map((edited) => {
    const grown = (name: string, values: Float32Array) => {
      if (name !== embedding) return values;
      const rows = Float32Array.from({ length: 4096 * 64 }, (_, i) => values[i % values.length]!);
      return edited ? rows.fill(0.5, 1100 * 64, 1101 * 64) : rows;
    };
    return copyTiny("gqa", grown, { vocab_size: 4096 }, { [embedding]: [4096, 64] });
  });
  const [before, after] = [await loadModel(folders[0]!, { engine }), await loadModel(folders[1]!, { engine })];
  const [x] = await score(before, [[1100, 5, 7]], { logits: "prompt-last" });
  const [y] = await score(after, [[1100, 5, 7]], { logits: "prompt-last" });
  assert.ok(difference(x!.logits!.data, y!.logits!.data) > 1e-2, "the second checkpoint ran on the weights of the first");
  assert.not(before.sharesWeightsWith(after));
});

test.after(() => engine.dispose());
test.run();
