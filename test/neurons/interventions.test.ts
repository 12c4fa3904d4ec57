import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import type { Intervention, Target } from "../../src/engine/interventions.js";
import type { Model } from "../../src/engine/model.js";
import { type ScoredText, score } from "../../src/engine/score.js";
import { OptionError, ShapeError, SiteError } from "../../src/errors.js";
import * as ops from "../../src/graph/index.js";
import { hasLayer, SITE_KINDS, type SiteKind, siteName, siteShape } from "../../src/models/sites.js";
import type { Activations } from "../../src/neurons/activations.js";
import { capture } from "../../src/neurons/capture.js";
import { add, custom, mean, patch, scale, zero } from "../../src/neurons/interventions.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { difference, largest, near, nearRelative } from "../support/expected.js";
import { loadTiny, madeUpAdapter, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = [
  [5, 9, 33, 2, 60],
  [7, 1, 1, 40, 13],
];
const others = [
  [8, 8, 3, 51, 22],
  [30, 31, 32, 33, 34],
];
const pattern: SiteKind = "blocks.N.attn.hook_pattern";

async function captured(model: Model, site: string, interventions: readonly Intervention[] = [], texts = prompts): Promise<Activations> {
  return (await capture(model, texts, { sites: site, interventions })).sites.get(site)!;
}

async function logitsOf(
  model: Model,
  interventions: readonly Intervention[] = [],
  texts: readonly number[][] = prompts,
): Promise<Float32Array> {
  const rows = await score(model, texts, { logits: "all", interventions });
  return Float32Array.from(rows.flatMap((row) => [...row.logits!.data]));
}

/** Replaces values at row, unit (and key) by `change`. */
const changed = (from: Activations, change: (value: number, unit: number, row: number) => number): Float32Array => {
  const width = from.data.length / from.rows.length / from.shape[1]!;
  const flat = from.shape.length === 3 && from.axes[2] !== "key";
  const units = flat ? from.units : from.shape[1]!;
  return from.data.map((value, at) => change(value, flat ? at % units : Math.floor(at / width) % units, Math.floor(at / from.units)));
};

async function refused(
  call: () => Promise<unknown>,
  kind: typeof OptionError | typeof SiteError | typeof ShapeError,
  message: RegExp,
): Promise<void> {
  try {
    await call();
  } catch (error) {
    assert.instance(error, kind, String(error));
    assert.match((error as Error).message, message);
    return;
  }
  throw new Error(`accepted: ${message}`);
}

// values of the last layer, so that what comes before is not touched
for (const folder of ["gqa", "odd-head"])
  for (const kind of SITE_KINDS) {
    test(`${folder}: ${kind} takes every kind of intervention`, async () => {
      const model = await loadTiny(engine, folder);
      const donor = await model.withAdapters(madeUpAdapter(model, 9));
      const layer = model.config.layers - 1;
      const site = hasLayer(kind) ? siteName(kind, layer) : kind;
      const { units } = siteShape(kind, model.config);
      const vector = Float32Array.from({ length: units }, (_, i) => Math.sin(i));
      const own = await captured(model, site);
      const theirs = await captured(donor, site);
      const elsewhere = await captured(model, site, [], others);
      const plain = await logitsOf(model);
      const cases: [string, Intervention, Float32Array][] = [
        ["zero", zero(site), changed(own, () => 0)],
        ["scale", scale(site, 2), changed(own, (x) => 2 * x)],
        ["scale by unit", scale(site, vector), changed(own, (x, unit) => x * vector[unit]!)],
        ["add", add(site, 0.5), changed(own, (x) => x + 0.5)],
        ["add a vector", add(site, vector), changed(own, (x, unit) => x + vector[unit]!)],
        ["mean", mean(site, vector), changed(own, (_, unit) => vector[unit]!)],
        ["patch from a model", patch(site, donor), theirs.data],
        ["patch from another prompt", patch(site, { prompts: others }), elsewhere.data],
        ["patch from another prompt of the model with an adapter", patch(site, { prompts, model: donor }), theirs.data],
        ["custom", custom(site, (x) => ops.mul(ops.tanh(x), 3)), changed(own, (x) => 3 * Math.tanh(x))],
      ];
      if (kind !== pattern) cases.push(["patch from a capture", patch(site, elsewhere), elsewhere.data]);
      for (const [name, intervention, wanted] of cases) {
        const got = await captured(model, site, [intervention]);
        near(got.data, wanted, 1e-5 * Math.max(1, largest(wanted)), `${site}, ${name}`);
        // the same values from outside, at the same place, have the same effect
        const effect = await logitsOf(model, [intervention]);
        const given = kind === pattern ? undefined : [patch(site, { ...own, shape: own.shape, rows: own.rows, site, data: wanted })];
        if (given) nearRelative(effect, await logitsOf(model, given), 2e-5, `logits after ${site}, ${name}`);
        // the final norm does not see a scale
        if (difference(wanted, own.data) > 1e-3 && name !== "scale")
          assert.ok(difference(effect, plain) > 1e-5, `${site}, ${name} has no effect`);
        assert.ok(effect.every(Number.isFinite), `${site}, ${name}`);
      }
    });

    test(`${folder}: ${kind} from the model itself changes nothing`, async () => {
      const model = await (await loadTiny(engine, folder)).withAdapters(madeUpAdapter(await loadTiny(engine, folder), 2));
      const itself = [patch(kind, model)];
      nearRelative(await logitsOf(model, itself), await logitsOf(model), 1e-6, kind);
      const settings = { newTokens: 8, stopTokens: [] };
      assert.equal(await generate(model, prompts, { ...settings, interventions: itself }), await generate(model, prompts, settings));
    });

    test(`${folder}: units and positions of ${kind} that are not named stay`, async () => {
      const model = await loadTiny(engine, folder);
      const site = hasLayer(kind) ? siteName(kind, 0) : kind;
      const own = await captured(model, site);
      const donor = await model.withAdapters(madeUpAdapter(model, 9));
      const target: Target = { site: kind, layers: [0], units: [1, 2] };
      const inside = (unit: number, row: number) => (unit === 1 || unit === 2) && own.rows[row]!.position === 3;
      const at = { positions: [3] };
      const wanted = changed(own, (x, unit, row) => (inside(unit, row) ? x - 2 : x));
      near((await captured(model, site, [add(target, -2, at)])).data, wanted, 1e-5, `${kind} add`);
      const theirs = await captured(donor, site);
      const places = new Set<number>();
      changed(own, (_, unit, row) => (inside(unit, row) ? 1 : 0)).forEach((is, i) => {
        if (is) places.add(i);
      });
      const mixed = own.data.map((x, i) => (places.has(i) ? theirs.data[i]! : x));
      near((await captured(model, site, [patch(target, donor, at)])).data, mixed, 1e-5, `${kind} patch`);
    });
  }

test("heads are whole heads", async () => {
  const model = await loadTiny(engine, "gqa");
  const cases = { "attn.hook_q": 4, "attn.hook_k": 2, "attn.hook_v": 2, "attn.hook_z": 4 };
  for (const [kind, heads] of Object.entries(cases)) {
    const site = `blocks.1.${kind}`;
    const own = await captured(model, site);
    const got = await captured(model, site, [zero({ site, heads: [heads - 1] })]);
    near(
      got.data,
      changed(own, (x, unit) => (unit >= 16 * (heads - 1) ? 0 : x)),
      1e-6,
      kind,
    );
  }
  const own = await captured(model, "blocks.1.attn.hook_pattern");
  const off = await captured(model, "blocks.1.attn.hook_pattern", [zero({ site: "blocks.1.attn.hook_pattern", heads: [2] })]);
  near(
    off.data,
    changed(own, (x, head) => (head === 2 ? 0 : x)),
    1e-6,
  );
  // a head without its pattern writes nothing
  const z = await captured(model, "blocks.1.attn.hook_z", [zero({ site: "blocks.1.attn.hook_pattern", heads: [2] })]);
  const plain = await captured(model, "blocks.1.attn.hook_z");
  near(
    z.data,
    changed(plain, (x, unit) => (Math.floor(unit / 16) === 2 ? 0 : x)),
    1e-5,
  );
});

test("zero at the end of the residual stream leaves logits of zero", async () => {
  const model = await loadTiny(engine, "gqa");
  const layers = [-1];
  near(await logitsOf(model, [zero({ site: "resid_post", layers })]), new Float32Array(2 * 5 * 64), 0);
});

test("the residual stream of a donor that differs in earlier layers alone brings its logits and its text", async () => {
  const model = await loadTiny(engine, "odd-head");
  const adapter = madeUpAdapter(model, 4);
  const donor = await model.withAdapters({ ...adapter, scales: adapter.scales.filter(({ layer }) => layer === 0) });
  const wanted = await logitsOf(donor);
  assert.ok(difference(wanted, await logitsOf(model)) > 1e-2);
  for (const layer of [0, 1, 2])
    nearRelative(await logitsOf(model, [patch({ site: "resid_post", layers: [layer] }, donor)]), wanted, 1e-6, `layer ${layer}`);
  const settings = { newTokens: 12, stopTokens: [] };
  const patched = await generate(model, prompts, { ...settings, interventions: [patch({ site: "resid_post", layers: [1] }, donor)] });
  assert.equal(patched, await generate(donor, prompts, settings));
});

test("clean into corrupt at the last position of the last layer gives the clean prompt's logits there", async () => {
  for (const folder of ["gqa", "odd-head"]) {
    const model = await loadTiny(engine, folder);
    const clean = randomPrompts(61, 3, 8, 8);
    const corrupt = randomPrompts(62, 3, 2, 7);
    const interventions = [patch({ site: "resid_post", layers: [-1] }, { prompts: clean }, { positions: "prompt-last" })];
    for (const batch of [1, 3]) {
      const got = await score(model, corrupt, { logits: "prompt-last", interventions, batch });
      const wanted = await score(model, clean, { logits: "prompt-last", batch });
      for (const i of clean.keys()) nearRelative(got[i]!.logits!.data, wanted[i]!.logits!.data, 1e-6, `${folder} ${i}`);
    }
    const earlier = ({ logits }: ScoredText) => logits!.data.slice(0, -logits!.shape[1]!);
    const whole = await score(model, corrupt, { logits: "all", interventions });
    const plain = await score(model, corrupt, { logits: "all" });
    for (const i of clean.keys()) nearRelative(earlier(whole[i]!), earlier(plain[i]!), 1e-6, "earlier positions");
    const [row] = await generate(model, [corrupt[0]!], {
      newTokens: 1,
      stopTokens: [],
      interventions: [patch({ site: "resid_post", layers: [-1] }, { prompts: clean[0]! }, { positions: "prompt-last" })],
    });
    const [free] = await generate(model, [clean[0]!], { newTokens: 1, stopTokens: [] });
    assert.equal(row!.ids, free!.ids);
  }
});

test("tokens of the source may stand elsewhere than those of the prompt", async () => {
  const model = await loadTiny(engine, "gqa");
  const site = "blocks.0.hook_resid_post";
  const source = [[1, 2, 3, 4, 5, 6, 7, 8, 9]];
  const got = await captured(model, site, [patch(site, { prompts: source, positions: [0, 7] }, { positions: [-2, -1] })], [prompts[0]!]);
  const [own, theirs] = [await captured(model, site, [], [prompts[0]!]), await captured(model, site, [], source)];
  near(got.row(3), theirs.row(0), 1e-6);
  near(got.row(4), theirs.row(7), 1e-6);
  near(got.data.subarray(0, 3 * 64), own.data.subarray(0, 3 * 64), 1e-6);
});

test("the pattern of a longer prompt's row can be captured beside it", async () => {
  const model = await loadTiny(engine, "gqa");
  const site = "blocks.0.attn.hook_pattern";
  const interventions = [patch("blocks.1.hook_resid_mid", { prompts: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, { positions: "prompt-last" })];
  const own = await captured(model, site);
  const got = await captured(model, site, interventions);
  const within = (a: Activations) =>
    a.rows.flatMap((_, row) => [0, 1, 2, 3].flatMap((head) => [...a.row(row).subarray(head * a.shape[2]!, head * a.shape[2]! + 5)]));
  near(within(got), within(own), 1e-6);
});

test("a donor is never patched", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const donor = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
  const broken = [zero("hook_embed"), scale("attn.hook_v", 5), patch({ site: "resid_post", layers: [-1] }, donor)];
  nearRelative(await logitsOf(model, broken), await logitsOf(donor), 1e-6);
  const settings = { newTokens: 10, stopTokens: [] };
  assert.equal(await generate(model, prompts, { ...settings, interventions: broken }), await generate(donor, prompts, settings));
});

test("two donors in one call, each where it is named", async () => {
  const model = await loadTiny(engine, "gqa");
  const [a, b] = [await loadTiny(engine, "gqa", "ia3-a"), await loadTiny(engine, "gqa", "ia3-b")];
  const last = { site: "resid_post", layers: [-1] };
  const interventions = [patch(last, a, { positions: "prompt" }), patch(last, b, { positions: "generated" })];
  const completions = others;
  const of = (from: Model, acting: Intervention[] = []) => score(from, prompts, { completions, logits: "all", interventions: acting });
  const [got, fromA, fromB] = [await of(model, interventions), await of(a), await of(b)];
  for (const i of prompts.keys()) {
    nearRelative(got[i]!.logits!.data.subarray(0, 5 * 64), fromA[i]!.logits!.data.subarray(0, 5 * 64), 1e-6, "prompt");
    nearRelative(got[i]!.logits!.data.subarray(5 * 64), fromB[i]!.logits!.data.subarray(5 * 64), 1e-6, "generated");
  }
});

test("interventions act in the order given", async () => {
  const model = await loadTiny(engine, "gqa");
  const site = "blocks.1.hook_resid_mid";
  const own = await captured(model, site);
  near(
    (await captured(model, site, [add(site, 1), scale(site, 2)])).data,
    own.data.map((x) => (x + 1) * 2),
    1e-5,
  );
  near(
    (await captured(model, site, [scale(site, 2), add(site, 1)])).data,
    own.data.map((x) => 2 * x + 1),
    1e-5,
  );
  near(
    (await captured(model, site, [zero(site), custom(site, (x) => ops.sub(x, 3))])).data,
    own.data.map(() => -3),
    1e-5,
  );
});

test("a custom function sees its site and acts at its positions", async () => {
  const model = await loadTiny(engine, "gqa");
  const seen: string[] = [];
  const noted = custom(
    { site: "mlp.hook_post", layers: [1] },
    (x, site) => {
      seen.push(`${site.name} ${x.shape}`);
      return ops.neg(x);
    },
    { positions: "prompt-last" },
  );
  const own = await captured(model, "blocks.1.mlp.hook_post");
  const got = await captured(model, "blocks.1.mlp.hook_post", [noted]);
  assert.equal(seen, ["blocks.1.mlp.hook_post batch,time,32"]);
  near(
    got.data,
    changed(own, (x, _, row) => (own.rows[row]!.position === 4 ? -x : x)),
    1e-6,
  );
});

test("values by layer and means as stats gives them", async () => {
  const model = await loadTiny(engine, "gqa");
  const byLayer = new Map([
    [0, new Float32Array(32).fill(1)],
    [1, new Float32Array(32).fill(2)],
  ]);
  for (const layer of [0, 1]) {
    const site = `blocks.${layer}.mlp.hook_post`;
    assert.ok((await captured(model, site, [mean("mlp.hook_post", byLayer)])).data.every((x) => x === layer + 1));
  }
});

test("saved values act at the prompt while a text is written", async () => {
  const model = await loadTiny(engine, "gqa", "ia3-a");
  const donor = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
  const settings = { newTokens: 8, stopTokens: [] };
  for (const batch of [1, 2]) {
    const { sites } = await capture(donor, prompts, { sites: "mlp.hook_post" });
    const saved = await generate(model, prompts, {
      ...settings,
      batch,
      interventions: [patch("mlp.hook_post", [...sites.values()], { positions: "prompt" })],
    });
    assert.equal(
      saved,
      await generate(model, prompts, { ...settings, interventions: [patch("mlp.hook_post", donor, { positions: "prompt" })] }),
    );
  }
});

test("what does not fit is refused with the site or the option", async () => {
  const model = await loadTiny(engine, "gqa");
  const donor = await loadTiny(engine, "gqa", "ia3-a");
  const run =
    (...interventions: Intervention[]) =>
    () =>
      score(model, prompts, { interventions });
  const resid = await captured(model, "blocks.0.hook_resid_post");
  await refused(run(zero("blocks.2.hook_resid_post")), SiteError, /blocks\.2\.hook_resid_post.*this model has 2 layers/);
  await refused(run(zero({ site: "mlp.hook_post", units: [32] })), SiteError, /unit 32 is outside 0\.\.31/);
  await refused(run(zero({ site: "mlp.hook_post", units: new Map([[1, [-1]]]) })), SiteError, /unit -1/);
  await refused(run(zero({ site: "mlp.hook_post", heads: [0] })), SiteError, /has no heads/);
  await refused(run(zero({ site: "attn.hook_q", heads: [4] })), SiteError, /unit 4 is outside 0\.\.3/);
  await refused(run(zero({ site: "attn.hook_q", heads: [1], units: [1] })), SiteError, /not both/);
  await refused(run(zero({ site: "mlp.hook_post", layers: [2] })), SiteError, /layer 2 is outside/);
  await refused(run(zero({ site: "mlp.hook_post", units: new Map([[5, [1]]]) })), SiteError, /layer 5/);
  await refused(run(add("mlp.hook_post", new Float32Array(31))), OptionError, /shift: expected 32, .*got "31 values/);
  await refused(run(add("mlp.hook_post", new Map([[0, new Float32Array(32)]]))), OptionError, /no vector for layer 1/);
  await refused(run(zero("mlp.hook_post", { positions: "end" as "all" })), OptionError, /positions: expected all, prompt/);
  await refused(run(zero(NeuronSet.of({ model: "x", layers: 3, neurons: 32 }, [[0, 1]]))), OptionError, /a set for 3 x 32/);
  await refused(run(patch("resid_post", resid)), SiteError, /blocks\.1\.hook_resid_post.*capture this site too/);
  await refused(
    run(patch("blocks.0.hook_resid_post", { ...resid, shape: [10, 32], data: new Float32Array(320), rows: resid.rows })),
    SiteError,
    /32 values a position; this model has 64/,
  );
  await refused(
    () => score(model, [...prompts, [1, 2]], { interventions: [patch("blocks.0.hook_resid_post", resid)] }),
    OptionError,
    /positions 0, 1 of prompt 2/,
  );
  await refused(
    run(
      patch("attn.hook_pattern", { ...resid, shape: resid.shape, rows: resid.rows, data: resid.data, site: "blocks.0.attn.hook_pattern" }),
    ),
    SiteError,
    /pattern is patched only between rows of one batch/,
  );
  await refused(run(patch("resid_post", { prompts: [[1], [2], [3]] })), OptionError, /one, or one for each of the 2 prompts/);
  await refused(run(patch("resid_post", { prompts: [1, 2, 3] })), OptionError, /5 tokens of the prompt and 3 of the source/);
  await refused(run(patch("resid_post", { prompts: [64] })), OptionError, /token ids in 0\.\.63/);
  await refused(
    run(custom("mlp.hook_post", (x) => ops.sum(x, { axes: [1], keep: true }))),
    ShapeError,
    /custom: .*\(batch, 1, 32\).*\(batch, time, 32\)/,
  );
  await refused(run(custom("mlp.hook_post", (x) => ops.greater(x, 0))), ShapeError, /bool/);
  for (const from of [null, 3, "model"]) assert.throws(() => patch("resid_post", from as unknown as Model), /from: expected a model/);
  const elsewhere = new Engine({ threads: 1, provider: "cpu" });
  const far = await loadTiny(elsewhere, "gqa");
  await refused(run(patch("mlp.hook_post", far)), OptionError, /opened with the recipient's engine/);
  await refused(run(patch("mlp.hook_post", await loadTiny(engine, "head-dim"))), OptionError, /a model of the recipient's shape/);
  await elsewhere.dispose();
  assert.ok(donor);
});

test.after(() => engine.dispose());
test.run();
