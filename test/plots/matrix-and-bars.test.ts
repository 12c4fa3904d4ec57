import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { figure } from "../../src/index.js";
import { madeUpEffect } from "./examples.js";

const refused = (call: () => unknown, kind: new (...args: never[]) => Error = OptionError) =>
  assert.throws(call, (error: unknown) => error instanceof kind);

test("heat maps: row 0 is the upper one, gaps stay gaps, colours part at 0 where there are both signs", () => {
  const { data, layout } = figure.heatmap([Float32Array.of(-1, 2), [Number.NaN, 0.5]], { rows: ["1", "2"] });
  const [cells] = data;
  assert.equal(cells!.z, [
    [-1, 2],
    [null, 0.5],
  ]);
  assert.equal([cells!.zmin, cells!.zmax], [-2, 2]);
  assert.equal(cells!.text, [
    ["-1", "2"],
    ["", "0.50"],
  ]);
  const yaxis = layout.yaxis as Record<string, unknown>;
  assert.equal([yaxis.autorange, yaxis.type], ["reversed", "category"]);
  assert.is(figure.heatmap([[1, 2]]).data[0]!.colorscale, "Viridis");
  assert.equal(figure.heatmap([[1, 2]], { range: [0, 5] }).data[0]!.zmax, 5);
});

test("heat maps: large ones without numbers, with a line of bars a row as text", () => {
  const large = figure.heatmap(Array.from({ length: 20 }, (_, i) => Array.from({ length: 30 }, (_, j) => i + j)));
  assert.is(large.data[0]!.texttemplate, undefined);
  assert.match(String(large), /^ 0 {2}▁/);
});

test("heat maps: refuses ragged rows, wrong names, none and too many cells", () => {
  refused(() => figure.heatmap([[1], [1, 2]]), ShapeError);
  refused(() => figure.heatmap([[1, 2]], { columns: ["a"] }), ShapeError);
  refused(() => figure.heatmap([[1, 2]], { columns: ["a", "a"] }));
  refused(() => figure.heatmap([]));
  refused(() => figure.heatmap([[Number.NaN]]));
  refused(() => figure.heatmap([[1]], { range: [2, 1] }));
  refused(() => figure.heatmap([new Float32Array(30_000)]));
});

test("bars: groups in the order they are met, error bars where there is an interval", () => {
  const effect = madeUpEffect(0.5, 4);
  const drawn = figure.bars({ a: { x: 1, y: effect }, b: { z: { value: 2, low: 1, high: 4 }, x: [1, 3] } }, { y: "Cost" });
  const [a, b] = drawn.data;
  assert.equal(a!.x, ["x", "y", "z"]);
  assert.equal(b!.y, [2, null, 2]);
  const errors = b!.error_y as { array: unknown[]; arrayminus: unknown[] };
  assert.equal([errors.array[1], errors.array[2], errors.arrayminus[2]], [null, 2, 1]);
  assert.is((a!.error_y as { array: unknown[] }).array[0], null);
  assert.match(String(drawn), /z +2\.0 \[1\.0, 4\.0\]/);
});

test("bars: seeds that give the same up to rounding have no interval", () => {
  assert.match(String(figure.bars({ a: { x: [0.1 + 0.2, 0.3, 0.3] } }, { y: "Cost" })), /x +0\.3$/m);
});

test("bars: refuses what is no number, and no title of the y axis", () => {
  refused(() => figure.bars({ a: { x: "1" as never } }, { y: "Cost" }));
  refused(() => figure.bars({ a: 3 as never }, { y: "Cost" }));
  refused(() => figure.bars({}, { y: "Cost" }));
  refused(() => figure.bars({ a: { x: 1 } }, undefined as never));
});

test.run();
