import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import type { Intervention } from "../../src/engine/interventions.js";
import type { Model } from "../../src/engine/model.js";
import type { Positions } from "../../src/engine/positions.js";
import type { GenerateRequest, SlotUse, Touch } from "../../src/engine/protocol.js";
import { sharedPrefix } from "../../src/engine/shared-prefix.js";
import { capture } from "../../src/neurons/capture.js";
import { patch, scale, zero } from "../../src/neurons/interventions.js";
import { nearRelative } from "../support/expected.js";
import { loadTiny, madeUpAdapter, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const [beginning] = randomPrompts(3, 1, 60, 60);
const prompts = randomPrompts(4, 5, 1, 9).map((rest, i) => [...beginning!, i, ...rest]);

interface Asked {
  readonly texts?: readonly (readonly number[])[];
  /** batch rows for each text: recipients, then donors */
  readonly blocks?: number;
  readonly touch?: (lane: number, texts: number) => Touch | null;
  readonly slot?: Partial<SlotUse>;
  readonly capture?: Positions;
  readonly lockStep?: boolean;
}

function asked({ texts = prompts, blocks = 2, touch, slot, capture: positions, lockStep }: Asked): GenerateRequest {
  const lanes = Array.from({ length: blocks }, () => texts)
    .flat()
    .map((ids, i) => ({ tokens: Int32Array.from(ids), promptLength: ids.length, follows: i % texts.length }));
  const touches = lanes.map((_, i) => touch?.(i, texts.length) ?? null);
  const batch = { session: 1, lanes, laneFeeds: {}, sharedFeeds: {}, slots: [{ type: "lane" as const, touches, ...slot }] };
  return {
    ...{ type: "generate", batch, newTokens: 1, stopTokens: [], sampling: { temperature: 0, topK: 0, topP: 1 }, seeds: lanes.map(() => 1) },
    ended: new Int32Array(lanes.length),
    ...(lockStep && { lockStep: { batch, donorOf: [], feeds: [] } }),
    ...(positions && { capture: { sites: [], positions, lanes: [0] } }),
  };
}

const fromDonor =
  (positions: Positions) =>
  (lane: number, texts: number): Touch | null =>
    lane < texts ? { positions, source: lane + texts } : null;

test("what all texts begin with is read by one lane of each model", () => {
  assert.equal(sharedPrefix(asked({ touch: fromDonor("all") })), {
    tokens: Int32Array.from(beginning!),
    readers: [0, 5],
    copies: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
  });
  for (const positions of ["prompt", "prompt-last", "predicting", "generated", [0, 3], [-1]] as const)
    assert.ok(sharedPrefix(asked({ touch: fromDonor(positions) })), String(positions));
  for (const positions of ["prompt-last", "predicting", "generated"] as const)
    assert.ok(sharedPrefix(asked({ capture: positions })), `captured ${positions}`);
  const same = sharedPrefix(asked({ texts: [prompts[0]!, prompts[0]!, prompts[0]!, prompts[0]!], blocks: 1 }));
  assert.equal(same?.tokens, Int32Array.from(prompts[0]!.slice(0, -1)), "the last token is read by every lane");
});

test("texts that differ in the beginning or in what happens to it are read whole", () => {
  const whole = (what: string, request: Asked) => assert.is(sharedPrefix(asked(request)), undefined, what);
  whole("one text", { texts: prompts.slice(0, 1) });
  whole("a short beginning", { texts: prompts.map((ids) => ids.slice(50)) });
  whole("no common beginning", { texts: prompts.map((ids, i) => [i, ...ids]) });
  whole("long ends", { texts: prompts.map((ids, i) => [...ids, i, ...new Array(128).fill(2)]) });
  whole("captured in the beginning", { capture: "all" });
  whole("captured by index", { capture: [2] });
  whole("a donor with other weights", { lockStep: true });
  whole("saved values", { slot: { type: "given", given: [] } });
  whole("a function", { slot: { type: "custom" } });
  whole("rows of another prompt", { touch: (lane) => (lane === 0 ? { positions: "prompt", source: 5, pairs: [[0, 0]] } : null) });
  whole("one text alone is changed", { touch: (lane) => (lane === 2 ? { positions: "all", source: 7 } : null) });
  whole("counted from ends of different lengths", { touch: fromDonor([-9]) });
});

const interventions: Record<string, (donor: Model) => Intervention[]> = {
  "no intervention": () => [],
  "patched neurons": (donor) => [patch("mlp.hook_post", donor)],
  "keys patched at some positions": (donor) => [patch("attn.hook_k", donor, { positions: [0, 5, 59] })],
  "two interventions": (donor) => [scale("mlp.hook_post", 0.5, { positions: "prompt" }), patch("attn.hook_v", donor)],
  "a head off at generated tokens": () => [zero({ site: "attn.hook_z", heads: [1] }, { positions: "generated" })],
};

for (const folder of ["gqa", "odd-head"])
  for (const [what, interventionsOf] of Object.entries(interventions))
    test(`${folder}: texts with a common beginning are written as each alone, with ${what}`, async () => {
      const model = await loadTiny(engine, folder);
      const acting = interventionsOf(await model.withAdapters(madeUpAdapter(model, 5)));
      const options = { newTokens: 40, stopTokens: [] };
      const sites = ["logits", "mlp.hook_post"];
      const together = await capture(model, prompts, { sites, interventions: acting, positions: "predicting", generate: options });
      const alone = await capture(model, prompts, { sites, interventions: acting, positions: "predicting", generate: options, batch: 1 });
      assert.equal(together.texts, alone.texts);
      for (const [name, { data }] of alone.sites) nearRelative(together.sites.get(name)!.data, data, 1e-5, name);
      const plain = await generate(model, prompts, { ...options, interventions: acting });
      assert.equal(
        plain.map(({ ids }) => ids),
        alone.texts!.map(({ ids }) => ids),
      );
    });

test.after(() => engine.dispose());
test.run();
