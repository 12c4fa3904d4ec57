import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import type { Intervention } from "../../src/engine/interventions.js";
import type { Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { capture } from "../../src/neurons/capture.js";
import { add, patch, scale } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { nearRelative } from "../support/expected.js";
import { loadTiny, madeUpAdapter, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const mostPads = 7;
const target = [5, 17, 33, 2, 60];

interface Pair {
  readonly first: Model;
  readonly second: Model;
}

const pairs: Record<string, () => Promise<Pair>> = {
  // the fused kernel
  gqa: async () => ({ first: await loadTiny(engine, "gqa", "ia3-a"), second: await loadTiny(engine, "gqa", "ia3-a", "ia3-b") }),
  // plain ops
  "odd-head": async () => {
    const first = await loadTiny(engine, "odd-head");
    return { first, second: await first.withAdapters(madeUpAdapter(first, 1)) };
  },
};

const interventions: Record<string, (pair: Pair) => Intervention[]> = {
  "no intervention": () => [],
  "a patch of neurons": ({ first, second }) => {
    const { layers, neurons } = first.config;
    const set = NeuronSet.of({ model: first.name, layers, neurons }, [
      [0, 3],
      [0, 7],
      [1, 1],
      [1, 2],
      [1, 11],
    ]);
    return [patch(set, second)];
  },
  "a patch of a layer's residual stream at the prompt": ({ second }) => [
    patch({ site: "resid_post", layers: [0] }, second, { positions: "prompt" }),
  ],
  "a patch from another prompt": () => [
    patch({ site: "attn.hook_z", layers: [1] }, { prompts: [9, 8, 7, 6, 5, 4, 3] }, { positions: "prompt-last" }),
  ],
  "two sites at different positions": () => [
    scale({ site: "attn.hook_v", layers: [0] }, 1.5, { positions: "generated" }),
    add({ site: "hook_resid_mid", layers: [1] }, 0.25, { positions: [-1] }),
  ],
};

for (const [name, load] of Object.entries(pairs))
  for (const [what, interventionsOf] of Object.entries(interventions)) {
    test(`${name}: a row of a batch scores as the same prompt alone, for 0 to ${mostPads} pads, with ${what}`, async () => {
      const pair = await load();
      const options = { logits: "all", interventions: interventionsOf(pair) } as const;
      const completion = [1, 2, 3];
      const [alone] = await score(pair.first, [target], { ...options, completions: [completion] });
      for (let pads = 0; pads <= mostPads; pads++) {
        const others = randomPrompts(pads, 2, target.length + pads, target.length + pads);
        const prompts = [others[0]!, target, others[1]!];
        const rows = await score(pair.first, prompts, { ...options, batch: 3, completions: prompts.map(() => completion) });
        nearRelative(rows[1]!.logits!.data, alone!.logits!.data, 1e-5, `logits with ${pads} pads`);
        nearRelative(rows[1]!.logprobs, alone!.logprobs, 1e-5, `log-probabilities with ${pads} pads`);
      }
    });

    test(`${name}: a row of a batch writes as the same prompt alone, for 0 to ${mostPads} pads, with ${what}`, async () => {
      const pair = await load();
      const options = {
        sites: "logits",
        positions: "predicting",
        interventions: interventionsOf(pair),
        generate: { newTokens: 8, stopTokens: [] },
      } as const;
      const alone = await capture(pair.first, [target], options);
      for (let pads = 0; pads <= mostPads; pads++) {
        const others = randomPrompts(pads, 2, target.length + pads, target.length + pads);
        const prompts = [others[0]!, target, others[1]!];
        const rows = await capture(pair.first, prompts, { ...options, batch: 3 });
        assert.equal(rows.texts![1]!.ids, alone.texts![0]!.ids, `${pads} pads`);
        const { data, rows: places, units } = rows.sites.get("logits")!;
        const from = places.findIndex((row) => row.prompt === 1);
        nearRelative(data.subarray(from * units, (from + 8) * units), alone.sites.get("logits")!.data, 1e-5, `logits with ${pads} pads`);
      }
    });
  }

test("ragged batches of any size give the same texts and scores", async () => {
  const { first, second } = await pairs.gqa!();
  const prompts = randomPrompts(11, 13, 1, 12);
  const options = { newTokens: 10, stopTokens: [], interventions: interventions["a patch of neurons"]!({ first, second }) };
  const wanted = await generate(first, prompts, { ...options, batch: 1 });
  const scores = await score(first, prompts, { interventions: options.interventions, batch: 1 });
  for (const batch of [2, 5, 13, undefined]) {
    assert.equal(await generate(first, prompts, { ...options, batch }), wanted, `batch ${batch}`);
    const got = await score(first, prompts, { interventions: options.interventions, batch });
    for (const [i, row] of got.entries())
      if (row.logprobs.length > 0) nearRelative(row.logprobs, scores[i]!.logprobs, 1e-5, `batch ${batch}`);
  }
});

test("a batch size below 1 is refused", async () => {
  const { first } = await pairs.gqa!();
  for (const call of [() => generate(first, [target], { batch: 0 }), () => score(first, [target], { batch: -2 })])
    await call().then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.match(error.message, /batch: expected a whole number from 1; got/),
    );
});

test("a memory budget too small for two texts runs them one by one", async () => {
  const small = new Engine({ threads: 2, provider: "cpu", memory: 2 ** 20 });
  const { first } = await pairs.gqa!();
  const same = await loadTiny(small, "gqa", "ia3-a");
  const prompts = randomPrompts(12, 4, 90, 100);
  assert.equal(await generate(same, prompts, { newTokens: 4 }), await generate(first, prompts, { newTokens: 4 }));
  const batches: number[] = [];
  const scored = await score(same, prompts, { onProgress: ({ done }) => batches.push(done) });
  assert.is(batches.length, 4);
  for (const [i, row] of (await score(first, prompts)).entries()) nearRelative(scored[i]!.logprobs, row.logprobs, 1e-5);
  await small.dispose();
});

test.after(() => engine.dispose());
test.run();
