import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError, ShapeError } from "../../src/errors.js";
import { type Figure, figure, loadModel, NEURON_VIEW, NeuronScores, NeuronSet, type NeuronView } from "../../src/index.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { fixture } from "../support/paths.js";
import { copyTiny, randomPrompts } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";
import { madeUpScores, madeUpTexts } from "./examples.js";

const engine = new Engine({ threads: 1, provider: "cpu" });
test.after(() => engine.dispose());
const refused = (call: () => unknown, message?: RegExp) =>
  assert.throws(call, (error: unknown) => error instanceof OptionError && (message?.test(error.message) ?? true));
const bundleOf = (one: Figure) => (one as unknown as Record<symbol, () => Promise<Record<string, unknown>>>)[Symbol.for("Jupyter.mime")]!();
const viewOf = async (one: Figure) => (await bundleOf(one))[NEURON_VIEW] as NeuronView;
const scores = madeUpScores();

test("layers: the top of change scores in groups by rank that add up", () => {
  const drawn = figure.layers(scores, { top: 0.1, groups: 3 });
  const set = scores.top(0.1);
  const sums = Array.from({ length: scores.layers }, (_, layer) => drawn.data.reduce((sum, { y }) => sum + (y as number[])[layer]!, 0));
  assert.equal(sums, [...set.perLayer()]);
  assert.equal(
    drawn.data.map(({ name }) => name),
    ["ranks 1–102", "ranks 103–205", "ranks 206–307"],
  );
  const [, first] = drawn.data;
  assert.equal(first!.y, [...set.window(102, 205).perLayer()]);
});

test("layers: sets and counts side by side, in the order given", () => {
  const drawn = figure.layers({ random: scores.top(50).random({ seed: 0 }), counts: [1, 2, 3] });
  assert.is(drawn.layout.barmode, "group");
  assert.equal(
    drawn.data.map(({ name }) => name),
    ["random", "counts"],
  );
  refused(() => figure.layers({ a: [1, -1] }), /a\[1\]/);
  refused(() => figure.layers({ a: "x" as never }));
  refused(() => figure.layers(scores, { groups: 0 }), /groups/);
});

test("histograms hold counts, not values: as many as there are neurons, whatever the bins", () => {
  for (const bins of [2, 60, 500]) {
    const { data } = figure.histogram(scores, { bins });
    assert.is((data[0]!.y as number[]).length, bins);
    assert.is(
      (data[0]!.y as number[]).reduce((a, b) => a + b, 0),
      scores.layers * scores.neurons,
    );
  }
  const ranked = figure.histogram(scores.excluding(2), { top: 0.1 });
  assert.is(
    (ranked.data[0]!.y as number[]).reduce((a, b) => a + b, 0),
    (scores.layers - 2) * scores.neurons,
  );
  assert.match(String(ranked), new RegExp(`threshold of the top ${Number(scores.excluding(2).threshold(0.1).toPrecision(3))}`));
});

test("histograms give the skewness of the values", () => {
  // 0 nine times and 1 once: (1 - 2p) / sqrt(p (1 - p)) with p = 0.1
  assert.match(String(figure.histogram([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])), /10 values, skewness 2\.67/);
  const two = figure.histogram({ a: [1, 2, 3], b: Float32Array.of(2, 3, 9) }, { bins: 4 });
  assert.equal(two.data[0]!.y, [2, 1, 0, 0]);
  assert.equal(two.data[1]!.y, [1, 1, 0, 1]);
  refused(() => figure.histogram([1, Number.NaN]), /\[1\]/);
  refused(() => figure.histogram([]));
  refused(() => figure.histogram([1, 2], { bins: 1 }), /bins/);
});

test("tokens: values are seen in HTML and JSON, and no text of theirs becomes markup", async () => {
  const nasty = { tokens: ["<img src=x onerror=alert(1)>", " &amp;", "\n", '"$x$"'], values: [1, -2, Number.NaN, 0.5] };
  const drawn = figure.tokens(nasty, { of: [1, 2], title: "<i>" });
  const bundle = await bundleOf(drawn);
  const html = bundle["text/html"] as string;
  assert.not.match(html, /<(img|i|script)\b/);
  assert.match(html, /&lt;img src=x/);
  assert.match(html, /&amp;amp;/);
  assert.equal(drawn.data[0]!.text, ["&lt;img src=x onerror=alert(1)&gt;", "&amp;amp;", "\\n", '"&#36;x&#36;"']);
  assert.equal(await viewOf(drawn), {
    version: 1,
    title: "<i>",
    neurons: [{ layer: 1, neuron: 2 }],
    texts: [{ tokens: nasty.tokens, values: [[1, -2, null, 0.5]] }],
    unit: "activation",
  });
  assert.is(await viewOf(figure.tokens(nasty)), undefined, "values of no neuron have no neuron view");
});

test("tokens: lines are filled, and every token lies within", () => {
  const { data, layout } = figure.tokens([...madeUpTexts, { tokens: [], values: [] }]);
  const [x, width, y] = [data[0]!.base, data[0]!.x, data[0]!.y] as number[][];
  const [, end] = (layout.xaxis as { range: [number, number] }).range;
  assert.is(x!.length, madeUpTexts[0]!.tokens.length + madeUpTexts[1]!.tokens.length);
  for (const [i, start] of x!.entries()) {
    assert.ok(start + width![i]! <= end + 1e-6);
    if (i > 0 && y![i] === y![i - 1]) assert.ok(start >= x![i - 1]! + width![i - 1]!);
  }
});

test("tokens: refuses texts without a value a token", () => {
  assert.throws(
    () => figure.tokens({ tokens: ["a"], values: [] }),
    (error: unknown) => error instanceof ShapeError,
  );
  refused(() => figure.tokens([]));
  refused(() => figure.tokens({ tokens: "abc" as never, values: [1, 2, 3] }));
  refused(() => figure.tokens(3 as never));
});

test("captured activations of a contrasted pair become text and neuron view", async () => {
  const folder = copyTiny("gqa");
  writeTinyTokenizer(folder);
  const model = await loadModel(folder, { engine });
  const donor = await model.withAdapters(fixture("tiny", "ia3-a"));
  const prompts = randomPrompts(5, 3, 4, 9);
  const changed = await contrast(model, donor, prompts, { newTokens: 3, stopTokens: [] });
  const captured = await capture(model, prompts, { sites: "mlp.hook_post" });
  const tokenizer = await model.tokenizer();

  const one = captured.sites.get("blocks.1.mlp.hook_post")!;
  const text = figure.tokens(one, { neuron: 3, tokenizer });
  const view = await viewOf(text);
  assert.equal(view.neurons, [{ layer: 1, neuron: 3 }]);
  assert.equal(
    view.texts!.map(({ tokens }) => tokens),
    prompts.map((ids) => ids.map((id) => (id === 63 ? "<s>" : `w${id}`))),
  );
  assert.is(view.texts![0]!.values[0]![1], Number(one.row(1)[3]!.toPrecision(6)));
  refused(() => figure.tokens(one, { neuron: 3 }), /tokenizer/);
  refused(() => figure.tokens(one, { neuron: 9999, tokenizer }), /neuron/);

  const all = await viewOf(figure.neurons(changed, { capture: captured, tokenizer, show: 4 }));
  const first = [...changed.top(4)];
  assert.equal(
    all.neurons!.map(({ layer, neuron }) => [layer, neuron]),
    first,
  );
  assert.is(all.model, changed.model);
  for (const { tokens, values } of all.texts!) {
    assert.is(values.length, 4);
    for (const row of values) assert.is(row.length, tokens.length);
  }
  const [layer, neuron] = first[0]!;
  assert.is(all.texts![0]!.values[0]![0], Number(captured.sites.get(`blocks.${layer}.mlp.hook_post`)!.row(0)[neuron]!.toPrecision(6)));

  const lastOnly = await capture(model, prompts, { sites: "mlp.hook_post", layers: [0] });
  const within = await viewOf(figure.neurons(changed, { capture: lastOnly, tokenizer }));
  assert.ok(within.neurons!.every(({ layer }) => layer === 0));
  const residual = await capture(model, prompts, { sites: "hook_resid_post" });
  refused(() => figure.neurons(changed, { capture: residual, tokenizer }), /hook_post/);
});

test("the map holds the largest score of each bin, bins as the plugin counts them", async () => {
  const { map, neurons } = await viewOf(figure.neurons(scores));
  const bins = map!.bins!;
  assert.ok(bins < scores.neurons);
  const three = (value: number) => Number(value.toPrecision(3));
  for (const [layer, row] of map!.values!.entries())
    for (const [bin, value] of row.entries()) {
      const [from, to] = [bin, bin + 1].map((one) => layer * scores.neurons + Math.floor((one * scores.neurons) / bins)) as [
        number,
        number,
      ];
      assert.is(value, three(Math.max(...scores.values.subarray(from, to))));
    }
  assert.equal(neurons![0], { layer: scores.top(1)[Symbol.iterator]().next().value![0], neuron: [...scores.top(1)][0]![1] });
});

test("other scores that rank neurons are drawn under their own name", () => {
  const other = new NeuronScores({ ...scores, score: "wanda" });
  const text = String(figure.neurons(other));
  assert.match(text, /^Wanda scores by layer and neuron\n/);
  assert.match(text, /rank +layer +neuron +wanda score/);
  assert.equal(figure.layers(other).data, figure.layers(scores).data);
  assert.equal(figure.histogram(other).data, figure.histogram(scores).data);
});

test("a set's map counts its members; few neurons need no bins", async () => {
  const shape = { model: "m", layers: 2, neurons: 4 };
  const { map, neurons } = await viewOf(
    figure.neurons(
      NeuronSet.of(shape, [
        [1, 3],
        [0, 0],
      ]),
    ),
  );
  assert.equal(map, {
    layers: 2,
    neurons: 4,
    values: [
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ],
  });
  assert.equal(neurons, [
    { layer: 1, neuron: 3 },
    { layer: 0, neuron: 0 },
  ]);
  refused(() => figure.neurons(NeuronSet.of(shape, [])), /at least one/);
  refused(() => figure.neurons({} as never));
});

test.run();
