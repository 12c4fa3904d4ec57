import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { type Figure, figure, NeuronSet, ratioEffect } from "../../src/index.js";
import { madeUpEffect } from "./examples.js";

const refused = (call: () => unknown, message?: RegExp) =>
  assert.throws(call, (error: unknown) => error instanceof OptionError && (message?.test(error.message) ?? true));
const named = ({ data }: Figure, name: string) => data.find((trace) => trace.name === name)!;
const noGap = ratioEffect({ first: [0, 1, 2, 3], second: [1, 0, 3, 2], patched: [0, 1, 2, 3] });

test("points may hold what causalEffect returned, beside the set or the number of neurons", () => {
  const set = NeuronSet.of({ model: "m", layers: 2, neurons: 8 }, [
    [0, 1],
    [1, 3],
  ]);
  const effect = madeUpEffect(0.5, 1);
  const answers = { first: [], second: [], patched: [] };
  const drawn = figure.causalEffect([
    { neurons: 4, effect },
    { neurons: set, ...{ effect, answers } },
    { neurons: 0, effect: 0 },
  ]);
  const [band, line] = drawn.data;
  assert.equal(line!.x, [0, 2, 4]);
  assert.is((line!.y as number[])[1], Number(effect.effect!.value.toPrecision(6)));
  // the point without an interval has no part in the band
  assert.equal(band!.x, [2, 4, 4, 2]);
  assert.is(drawn.layout.showlegend, false);
});

test("several runs become their mean with Student's interval; shares are of the total", () => {
  const drawn = figure.causalEffect(
    {
      safety: [
        { neurons: 5, effect: [0.8, 1, 0.9] },
        { neurons: 10, effect: [1, 1, 1] },
      ],
    },
    { total: 200 },
  );
  const line = named(drawn, "safety");
  assert.equal(line.x, [2.5, 5]);
  assert.equal(line.y, [0.9, 1]);
  // 0.9 ± 4.30265 × 0.1 / √3
  assert.match((line.text as string[])[0]!, /^0\.90 \[0\.65, 1\.15\]$/);
  assert.match(String(drawn), /Patched neurons \(% of all\)/);
});

test("one run alone, in a list or not, keeps its own interval", () => {
  const effect = madeUpEffect(0.5, 1);
  const drawn = figure.causalEffect({ list: [{ neurons: 5, effect: [effect] }], alone: [{ neurons: 5, effect }] });
  assert.equal(named(drawn, "list").text, named(drawn, "alone").text);
  assert.match((named(drawn, "list").text as string[])[0]!, /\[/);
});

test("the legend keeps the order given, and every series has a line of its own kind", () => {
  const one = [{ neurons: 1, effect: 0.2 }];
  const drawn = figure.causalEffect({ z: one, a: one, m: one });
  const lines = drawn.data.filter(({ mode }) => mode === "lines+markers");
  assert.equal(
    lines.map(({ name }) => name),
    ["z", "a", "m"],
  );
  for (const key of ["color", "dash"]) assert.is(new Set(lines.map(({ line }) => (line as Record<string, unknown>)[key])).size, 3);
});

test("where the models do not differ no point is drawn, and the text says why", () => {
  const drawn = figure.causalEffect({
    safety: [
      { neurons: 1, effect: noGap },
      { neurons: 2, effect: 0.5 },
    ],
  });
  assert.equal(named(drawn, "safety").x, [2]);
  assert.match(String(drawn), /1 +no gap/);
  const single = figure.causalEffect(noGap);
  assert.match(String(single), /^No gap to explain/);
});

test("a single effect shows the three means", () => {
  const effect = madeUpEffect(0.6, 2);
  for (const drawn of [figure.causalEffect(effect, { metric: "cost" }), figure.causalEffect({ effect }, { metric: "cost" })]) {
    assert.equal(drawn.data[0]!.y, ["First model", "First, patched", "Second model"]);
    assert.match(String(drawn), /^Causal effect 0\.\d+ \[/);
    assert.match(JSON.stringify(drawn.layout), /cost \(40 prompts, 95 % CI\)/);
  }
});

test("refuses what is no point, and says which", () => {
  refused(() => figure.causalEffect([]));
  refused(() => figure.causalEffect({}));
  refused(() => figure.causalEffect(3 as never));
  refused(() => figure.causalEffect({ safety: [{ neurons: -1, effect: 1 }] }), /safety\[0\]\.neurons/);
  refused(() => figure.causalEffect({ safety: [{ neurons: 1, effect: Number.NaN }] }), /safety\[0\]\.effect/);
  refused(() => figure.causalEffect({ safety: [{ neurons: 1, effect: ["a"] as never }] }), /safety\[0\]\.effect\[0\]/);
  refused(() => figure.causalEffect([{ neurons: 1, effect: 1 }], { total: 0 }), /total/);
});

test("windows lie at their middle; bounds between 0 and 1 are shares", () => {
  const shares = figure.windows([
    { from: 0, to: 0.05, effect: 0.9 },
    { from: 0.95, to: 1, effect: 0 },
  ]);
  assert.equal(shares.data[0]!.x, [2.5, 97.5]);
  assert.match(String(shares), /0–5 +0\.9/);
  const ranks = figure.windows({ a: [{ from: 1, to: 1001, effect: madeUpEffect(0.3, 3) }] });
  assert.equal((ranks.layout.xaxis as { ticktext: string[] }).ticktext, ["1–1,001"]);
  // one window has no area: bars in place of a band
  assert.ok(ranks.data[0]!.error_y);
  refused(() => figure.windows([{ from: 0.1, to: 0.05, effect: 1 }]), /from < to/);
  refused(() => figure.windows([{ from: 0.1, to: 5, effect: 1 }]), /shares/);
});

test("curves need titles of both axes", () => {
  refused(() => figure.curves([{ x: 1, y: 2 }], { x: "Neurons" } as never), /^y: /);
  refused(() => figure.curves([{ x: Number.NaN, y: 2 }], { x: "a", y: "b" }), /\.x/);
});

test.run();
