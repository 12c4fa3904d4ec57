import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { OptionError, SiteError } from "../../src/errors.js";
import { allSites } from "../../src/models/sites.js";
import { type CaptureOptions, capture } from "../../src/neurons/capture.js";
import { near, nearRelative } from "../support/expected.js";
import { copyTiny, loadTiny, randomPrompts } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(81, 5, 2, 8);
const completions = randomPrompts(82, 5, 0, 4);

test("rows stand in the order of prompts and positions whatever the batches, each with its token", async () => {
  const model = await loadTiny(engine, "gqa");
  const wanted = prompts.flatMap((prompt, i) => [...prompt, ...completions[i]!].map((token, position) => ({ prompt: i, position, token })));
  const every = { sites: allSites(2).map((site) => site.name), completions };
  const alone = await capture(model, prompts, { ...every, batch: 1 });
  for (const batch of [2, 5]) {
    const { sites } = await capture(model, prompts, { ...every, batch });
    assert.equal([...sites.keys()], every.sites);
    for (const [name, { rows, data, shape }] of sites) {
      assert.equal(rows, wanted, name);
      const single = alone.sites.get(name)!;
      if (name.endsWith("pattern")) assert.equal(shape[2], Math.max(...prompts.map((p, i) => p.length + completions[i]!.length)));
      assert.equal(shape, single.shape, name);
      nearRelative(data, single.data, 1e-5, `${name}, batch ${batch}`);
    }
  }
});

test("axes tell heads, neurons and dims apart", async () => {
  const model = await loadTiny(engine, "gqa");
  const { sites } = await capture(model, [[1, 2, 3]], {
    sites: ["attn.hook_k", "mlp.hook_post", "resid_mid", "attn.hook_pattern", "logits"],
    layers: [1],
  });
  const facts = [...sites.values()].map(({ site, axes, shape }) => [site, axes.join(), shape.join()]);
  assert.equal(facts, [
    ["blocks.1.attn.hook_k", "position,head,dim", "3,2,16"],
    ["blocks.1.mlp.hook_post", "position,neuron", "3,32"],
    ["blocks.1.hook_resid_mid", "position,dim", "3,64"],
    ["blocks.1.attn.hook_pattern", "position,head,key", "3,4,3"],
    ["logits", "position,token", "3,64"],
  ]);
});

test("a pattern's rows add up to 1 and look at nothing later", async () => {
  const model = await loadTiny(engine, "odd-head");
  const { sites } = await capture(model, prompts, { sites: "attn.hook_pattern" });
  for (const { data, shape, rows } of sites.values()) {
    const [, heads, keys] = shape as [number, number, number];
    for (const [row, { position }] of rows.entries())
      for (let head = 0; head < heads; head++) {
        const weights = data.subarray((row * heads + head) * keys, (row * heads + head + 1) * keys);
        near([weights.reduce((a, b) => a + b, 0)], [1], 1e-5);
        assert.ok(weights.subarray(position + 1).every((w) => w === 0));
      }
  }
});

test("positions choose rows", async () => {
  const model = await loadTiny(engine, "gqa");
  const all = (await capture(model, prompts, { sites: "resid_post", completions })).sites.get("blocks.1.hook_resid_post")!;
  const chosen: [CaptureOptions["positions"], (position: number, prompt: number) => boolean][] = [
    ["prompt", (p, i) => p < prompts[i]!.length],
    ["prompt-last", (p, i) => p === prompts[i]!.length - 1],
    ["generated", (p, i) => p >= prompts[i]!.length],
    ["predicting", (p, i) => p >= prompts[i]!.length - 1 && p < prompts[i]!.length + completions[i]!.length - 1],
    [[0, -1], (p, i) => p === 0 || p === prompts[i]!.length - 1],
  ];
  for (const [positions, keep] of chosen) {
    const got = (await capture(model, prompts, { sites: "resid_post", completions, positions })).sites.get("blocks.1.hook_resid_post")!;
    const kept = all.rows.flatMap((row, i) => (keep(row.position, row.prompt) ? [i] : []));
    assert.equal(
      got.rows,
      kept.map((i) => all.rows[i]),
      String(positions),
    );
    nearRelative(
      got.data,
      kept.flatMap((i) => [...all.row(i)]),
      1e-6,
      String(positions),
    );
  }
});

test("positions that no text has give no rows", async () => {
  const model = await loadTiny(engine, "gqa");
  const { sites } = await capture(model, prompts, { sites: ["mlp.hook_post", "attn.hook_pattern"], positions: "generated" });
  for (const { rows, data } of sites.values()) assert.equal([rows.length, data.length], [0, 0]);
});

for (const positions of ["all", "prompt", "prompt-last", "predicting", "generated", [0, 5]] as const)
  test(`what is captured while writing equals a later reading, at ${positions}`, async () => {
    const model = await loadTiny(engine, "gqa", "ia3-a");
    const generating = { newTokens: 10, stopTokens: [3, 25, 41] };
    const sites = ["mlp.hook_post", "hook_embed", "attn.hook_v", "ln_final.hook_normalized"];
    const free = await generate(model, prompts, generating);
    assert.ok(free.some((row) => row.stop === "token") && free.some((row) => row.stop === "length"));
    for (const batch of [1, 5]) {
      const written = await capture(model, prompts, { sites, positions, generate: generating, batch });
      assert.equal(written.texts, free);
      const read = await capture(model, prompts, { sites, positions, completions: free.map((row) => row.ids) });
      for (const [name, { data, rows }] of read.sites) {
        const got = written.sites.get(name)!;
        assert.equal(got.rows, rows, `${name}, batch ${batch}`);
        nearRelative(got.data, data, 1e-5, name);
      }
    }
  });

test("rows behind a stop string are not captured", async () => {
  const folder = copyTiny("gqa");
  writeTinyTokenizer(folder);
  const model = await loadModel(folder, { engine });
  const [free] = await generate(model, [prompts[0]!], { newTokens: 12, stopTokens: [] });
  const generating = { newTokens: 12, stopTokens: [], stopStrings: [`w${free!.ids[4]}`] };
  const { sites, texts } = await capture(model, [prompts[0]!], { sites: "logits", generate: generating });
  const read = await capture(model, [prompts[0]!], { sites: "logits", completions: texts!.map((row) => row.ids) });
  assert.equal(sites.get("logits")!.rows, read.sites.get("logits")!.rows);
});

test("bytes are announced before anything runs, and too many are refused", async () => {
  const model = await loadTiny(engine, "gqa");
  const bytes: number[] = [];
  const onBytes = (n: number) => bytes.push(n);
  const { sites } = await capture(model, prompts, { sites: ["resid_post", "attn.hook_pattern"], completions, onBytes });
  const held = [...sites.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  assert.equal(bytes, [held]);
  await capture(model, prompts, { sites: "resid_post", generate: { newTokens: 5, stopTokens: [] }, positions: "predicting", onBytes });
  assert.is(bytes[1], 2 * 64 * 4 * 5 * 5);
  await capture(model, prompts, { sites: "resid_post", maxBytes: 100 }).then(
    () => assert.unreachable("accepted"),
    (error: Error) =>
      assert.ok(
        error instanceof OptionError &&
          /at most 100 bytes; .* raise maxBytes; got "2 sites x \d+ positions = \d+ bytes"/.test(error.message),
        error.message,
      ),
  );
});

test("logits captured equal logits scored", async () => {
  const model = await loadTiny(engine, "odd-head");
  const { data } = (await capture(model, prompts, { sites: "logits" })).sites.get("logits")!;
  const rows = await score(model, prompts, { logits: "all" });
  nearRelative(
    data,
    rows.flatMap((row) => [...row.logits!.data]),
    1e-6,
  );
});

test("no prompts give no rows", async () => {
  const { sites } = await capture(await loadTiny(engine, "gqa"), [], { sites: ["logits", "attn.hook_pattern"] });
  for (const { rows } of sites.values()) assert.is(rows.length, 0);
});

test("what cannot be captured is refused", async () => {
  const model = await loadTiny(engine, "gqa");
  const cases: [CaptureOptions, typeof OptionError | typeof SiteError, RegExp][] = [
    [{ sites: "nothing" }, SiteError, /no such site/],
    [{ sites: [] }, OptionError, /at least one site/],
    [{ sites: "resid_post", layers: [7] }, SiteError, /layer 7/],
    [{ sites: "attn.hook_pattern", generate: {} }, SiteError, /generate first, then capture/],
    [{ sites: "logits", generate: {}, completions: [[1]] }, OptionError, /none while generating/],
    [{ sites: "logits", positions: "end" as "all" }, OptionError, /positions/],
  ];
  for (const [options, kind, message] of cases)
    await capture(model, [[1, 2]], options).then(
      () => assert.unreachable(`accepted: ${message}`),
      (error: Error) => assert.ok(error instanceof kind && message.test(error.message), error.message),
    );
});

test.after(() => engine.dispose());
test.run();
