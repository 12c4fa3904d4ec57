import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import type { Intervention } from "../../src/engine/interventions.js";
import type { Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { capture } from "../../src/neurons/capture.js";
import { patch, zero } from "../../src/neurons/interventions.js";
import { nearRelative } from "../support/expected.js";
import { loadTiny, madeUpAdapter, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(21, 5, 1, 9);

async function donorOf(model: Model): Promise<Model> {
  return model.withAdapters(madeUpAdapter(model, 5));
}

const interventions: Record<string, (donor: Model) => Intervention[]> = {
  "no intervention": () => [],
  "patched neurons": (donor) => [patch("mlp.hook_post", donor)],
  "patched keys, the donor's cache being its own": (donor) => [patch("attn.hook_k", donor)],
  "a head off at generated tokens": () => [zero({ site: "attn.hook_z", heads: [1] }, { positions: "generated" })],
};

for (const folder of ["gqa", "odd-head", "bias", "rope-llama3", "head-dim"])
  for (const [what, interventionsOf] of Object.entries(interventions))
    test(`${folder}: writing with the cache equals reading the whole text, with ${what}`, async () => {
      const model = await loadTiny(engine, folder);
      const acting = interventionsOf(await donorOf(model));
      const generating = { newTokens: 12, stopTokens: [] };
      const sites = ["logits", "mlp.hook_post", "attn.hook_k", "attn.hook_z", "hook_resid_post"];
      const written = await capture(model, prompts, { sites, interventions: acting, positions: "predicting", generate: generating });
      const completions = written.texts!.map((text) => text.ids);
      const read = await capture(model, prompts, { sites, interventions: acting, positions: "predicting", completions });
      assert.equal([...written.sites.keys()], [...read.sites.keys()]);
      for (const [name, { data, rows, shape }] of read.sites) {
        const got = written.sites.get(name)!;
        assert.equal(got.rows, rows, name);
        assert.equal(got.shape, shape, name);
        nearRelative(got.data, data, 1e-5, name);
      }
      const scored = await score(model, prompts, { interventions: acting, logits: "predicting", completions });
      for (const [i, { logits }] of scored.entries()) {
        const [count, size] = logits!.shape;
        const best = Array.from({ length: count! }, (_, row) => {
          const values = logits!.data.subarray(row * size!, (row + 1) * size!);
          return values.indexOf(Math.max(...values));
        });
        assert.equal(best, completions[i], `prompt ${i}`);
      }
      const plain = await generate(model, prompts, { ...generating, interventions: acting });
      assert.equal(
        plain.map((text) => text.ids),
        completions,
      );
    });

test("texts as long as the model allows, and not one token longer", async () => {
  const model = await loadTiny(engine, "gqa");
  const [row] = await generate(model, [[1, 2, 3]], { newTokens: 253, stopTokens: [] });
  const [scored] = await score(model, [[1, 2, 3]], { completions: [row!.ids], logits: "predicting" });
  assert.is(row!.ids.length, 253);
  for (const at of [0, 100, 252]) {
    const values = scored!.logits!.data.subarray(at * 64, (at + 1) * 64);
    assert.is(values.indexOf(Math.max(...values)), row!.ids[at], `token ${at}`);
  }
  await generate(model, [[1, 2, 3]], { newTokens: 254 }).then(
    () => assert.unreachable("accepted"),
    (error: Error) => assert.match(error.message, /newTokens: expected at most 256 tokens together; got "3 prompt tokens \+ 254"/),
  );
});

test.after(() => engine.dispose());
test.run();
