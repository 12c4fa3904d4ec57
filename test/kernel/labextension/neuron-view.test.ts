/** What the neuron view computes: the rest of it is tested in a browser. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { luminance, textOn } from "../../../kernel/labextension/plugin/colour.js";
import { ColourScale, shortNumber } from "../../../kernel/labextension/plugin/neurons/colours.js";
import { describe, meant } from "../../../kernel/labextension/plugin/neurons/map-points.js";
import { type NeuronMap, readPayload } from "../../../kernel/labextension/plugin/neurons/payload.js";
import { MOST_SELECTED, neuronSetCode, Selection } from "../../../kernel/labextension/plugin/neurons/selection.js";
import { around, columnBounds, strongest, valueAt, whole, zoomed } from "../../../kernel/labextension/plugin/neurons/window.js";
import { seeded } from "../../../src/random.js";

const text = { tokens: ["a", "b"], values: [[1, null]], labels: ["x", "y"] };
const given = {
  version: 1,
  title: "t",
  neurons: [{ layer: 1, neuron: 2 }],
  texts: [text],
  map: { layers: 2, neurons: 3, values: null },
  unit: "u",
};

test("a payload is read; null among values is no number, absent parts are empty", () => {
  const view = readPayload(given);
  assert.equal(view.neurons, [{ layer: 1, neuron: 2 }]);
  assert.equal(view.texts[0]!.values, [[1, Number.NaN]]);
  assert.equal(view.map, { layers: 2, neurons: 3, values: undefined, bins: undefined });
  const bare = readPayload({ version: 1 });
  assert.equal([bare.neurons, bare.texts, bare.map, bare.title], [[], [], undefined, undefined]);
});

const damaged: [what: string, payload: unknown, says: RegExp][] = [
  ["nothing", null, /the output: expected an object; got null/],
  ["another version", { ...given, version: 2 }, /version: expected 1.*got 2/],
  [
    "a row of values too many",
    {
      ...given,
      texts: [
        {
          ...text,
          values: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    },
    /texts\[0\]\.values: expected one a neuron: 1; got 2 rows/,
  ],
  [
    "values that are not one a token",
    { ...given, texts: [{ ...text, values: [[1]] }] },
    /texts\[0\]\.values\[0\]: expected 2; got 1 values/,
  ],
  ["a value that is no number", { ...given, texts: [{ ...text, values: [[1, "2"]] }] }, /numbers or null/],
  ["labels that are not one a token", { ...given, texts: [{ ...text, labels: [] }] }, /texts\[0\]\.labels/],
  ["a negative layer", { ...given, neurons: [{ layer: -1, neuron: 0 }] }, /neurons\[0\]\.layer: expected a whole number from 0/],
  [
    "a neuron outside the map",
    { ...given, neurons: [{ layer: 1, neuron: 3 }] },
    /neurons: expected neurons of the map, 2 x 3; got \(1, 3\)/,
  ],
  ["a map without end", { ...given, map: { layers: 2, neurons: 1e12, values: null } }, /map\.neurons/],
  [
    "a row of the map too short",
    { ...given, map: { layers: 2, neurons: 3, values: [[1, 2, 3], [1]] } },
    /map\.values\[1\]: expected 3; got 1 values/,
  ],
  [
    "more bins than neurons",
    { ...given, map: { layers: 2, neurons: 3, bins: 4, values: [] } },
    /map\.bins: expected a whole number from 1 to 3/,
  ],
];

for (const [what, payload, says] of damaged)
  test(`a payload with ${what} is refused, and the message says where`, () => assert.throws(() => readPayload(payload), says));

const fine: NeuronMap = { layers: 1, neurons: 13_000, values: undefined, bins: undefined };

test("columns cover the window's neurons once each, as evenly as whole neurons allow", () => {
  const random = seeded(3);
  for (let i = 0; i < 200; i++) {
    const from = random.integer(1000);
    const to = from + 1 + random.integer(12_000);
    const bounds = columnBounds(fine, { layers: [0, 1], neurons: [from, to] }, 1 + random.integer(900));
    assert.equal([bounds[0], bounds.at(-1)], [from, to]);
    const widths = bounds.slice(1).map((bound, j) => bound - bounds[j]!);
    assert.ok(Math.min(...widths) >= 1 && Math.max(...widths) - Math.min(...widths) <= 1);
  }
});

test("each neuron of a binned map has its own bin's value", () => {
  const random = seeded(4);
  for (let i = 0; i < 100; i++) {
    const neurons = 1 + random.integer(500);
    const bins = 1 + random.integer(neurons);
    const map: NeuronMap = { layers: 1, neurons, bins, values: [Array.from({ length: bins }, (_, bin) => bin)] };
    for (let bin = 0; bin < bins; bin++)
      for (let neuron = Math.floor((bin * neurons) / bins); neuron < Math.floor(((bin + 1) * neurons) / bins); neuron++)
        assert.is(valueAt(map, { layer: 0, neuron }), bin);
  }
});

test("where neurons share values, a column is a neuron or a bin, and a click means one of the view's own or all that are there", () => {
  const map: NeuronMap = { layers: 1, neurons: 10, bins: 3, values: [[1, 5, 2]] };
  assert.equal(columnBounds(map, whole(map), 5), [0, 3, 6, 10]);
  assert.equal(columnBounds(map, { layers: [0, 1], neurons: [2, 8] }, 5), [2, 3, 6, 8]);
  assert.equal(columnBounds(map, whole(map), 10).length, 11);
  assert.equal(columnBounds(map, whole(map), 2), [0, 5, 10]);
  const bin = { layer: 0, from: 3, to: 6 };
  assert.equal(
    meant(map, [], bin).map(({ neuron }) => neuron),
    [3, 4, 5],
  );
  assert.equal(
    meant(
      map,
      [
        { layer: 0, neuron: 9 },
        { layer: 0, neuron: 5 },
        { layer: 0, neuron: 4 },
      ],
      bin,
    ),
    [{ layer: 0, neuron: 5 }],
  );
  assert.equal(describe(map, bin), ["layer 0, neurons 3 to 5", "5, one value for neurons 3 to 5"]);
  assert.equal(describe(map, { layer: 0, from: 4, to: 5 }), ["layer 0, neuron 4", "5, one value for neurons 3 to 5"]);
});

const small: NeuronMap = {
  layers: 2,
  neurons: 4,
  bins: undefined,
  values: [
    [0, -3, 2, Number.NaN],
    [1, 0, 0, 5],
  ],
};

test("the strongest neuron of a stretch is the one farthest from 0", () => {
  assert.equal(strongest(small, 0, 0, 4), { layer: 0, neuron: 1 });
  assert.equal(strongest(small, 0, 2, 4), { layer: 0, neuron: 2 });
  assert.equal(strongest({ ...small, values: undefined }, 0, 2, 4), { layer: 0, neuron: 2 });
  assert.equal(meant(small, [{ layer: 0, neuron: 2 }], { layer: 0, from: 0, to: 4 }), [{ layer: 0, neuron: 1 }]);
  assert.equal(describe(small, { layer: 0, from: 0, to: 4 }), ["layer 0, neurons 0 to 3", "strongest, 1: \u22123"]);
  assert.equal(describe(small, { layer: 1, from: 3, to: 4 }), ["layer 1, neuron 3: 5"]);
});

test("zooming stays inside the map, and what it zooms about stays in view", () => {
  const map: NeuronMap = { layers: 30, neurons: 1536, values: undefined, bins: undefined };
  let window = whole(map);
  for (let i = 0; i < 30; i++) {
    window = zoomed(map, window, 1200, 0.7);
    assert.ok(window.neurons[0] <= 1200 && window.neurons[1] > 1200 && window.neurons[0] >= 0 && window.neurons[1] <= 1536);
  }
  assert.is(window.neurons[1] - window.neurons[0], 8);
  for (let i = 0; i < 30; i++) window = zoomed(map, window, 1200, 1 / 0.7);
  assert.equal(window, whole(map));
  assert.equal(
    around(map, [
      { layer: 0, neuron: 5 },
      { layer: 4, neuron: 1530 },
    ]),
    { layers: [0, 6], neurons: [0, 1536] },
  );
  assert.equal(around(map, []), whole(map));
});

test("a selection is ranked by size, has each neuron once, and has an upper bound", () => {
  const selection = new Selection(small);
  assert.ok(
    selection.add([
      { layer: 1, neuron: 3 },
      { layer: 0, neuron: 1 },
      { layer: 1, neuron: 3 },
    ]),
  );
  selection.toggle({ layer: 0, neuron: 0 });
  assert.equal(
    selection.ordered().map(({ layer, neuron }) => [layer, neuron]),
    [
      [1, 3],
      [0, 1],
      [0, 0],
    ],
  );
  selection.toggle({ layer: 0, neuron: 1 });
  assert.equal([selection.count, selection.has({ layer: 0, neuron: 1 })], [2, false]);
  const wide = new Selection({ layers: 1, neurons: 10_000, values: undefined, bins: undefined });
  assert.not.ok(wide.add(Array.from({ length: MOST_SELECTED + 1 }, (_, neuron) => ({ layer: 0, neuron }))));
  assert.is(wide.count, 0);
});

test("the code names model and shape; without a model it says so", () => {
  const list = [
    { layer: 1, neuron: 3 },
    { layer: 0, neuron: 1 },
  ];
  assert.is(
    neuronSetCode(small, 'a "b"', list),
    [
      'import { NeuronSet } from "neuronbook";',
      "",
      'const selected = NeuronSet.of({ model: "a \\"b\\"", layers: 2, neurons: 4 }, [',
      "  [1, 3], [0, 1],",
      "]);",
      "selected",
    ].join("\n"),
  );
  assert.match(neuronSetCode(small, undefined, list), /^\/\/ the view does not say which model/m);
  const long = neuronSetCode(
    small,
    "m",
    Array.from({ length: 500 }, (_, neuron) => ({ layer: 29, neuron })),
  );
  assert.ok(long.split("\n").every((line) => line.length <= 100));
});

test("colours: the ground at 0, full strength at the ends, two hues where signs differ, and text that can be read", () => {
  for (const dark of [false, true]) {
    const scale = ColourScale.of(
      [
        [-2, 1],
        [Number.NaN, 4],
      ],
      dark,
    );
    assert.equal([scale.most, scale.signed], [4, true]);
    const ground = scale.at(0);
    assert.equal([scale.at(Number.NaN), new ColourScale(0, false, dark).at(0)], [ground, ground]);
    const [negative, positive] = [scale.at(-4), scale.at(4)];
    assert.ok(negative[2] > negative[0] && positive[0] > positive[2]);
    assert.equal(scale.at(400), positive);
    for (let value = -4; value <= 4; value += 0.25) {
      const below = luminance(scale.at(value)) + 0.05;
      const above = textOn(scale.at(value)) === "#000" ? 0.05 : 1.05;
      assert.ok(Math.max(below / above, above / below) >= 4.5, `${value}`);
    }
  }
  assert.equal([shortNumber(-0.123456), shortNumber(3), shortNumber(Number.NaN)], ["\u22120.12346", "3", "no value"]);
});

test.run();
