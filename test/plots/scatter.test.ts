import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { figure } from "../../src/index.js";

const titles = { x: "Cost", y: "Rating" };
const refused = (call: () => unknown) => assert.throws(call, (error: unknown) => error instanceof OptionError);

test("scatter: one series without a legend, several with one, each with its own marker", () => {
  const one = figure.scatter({ x: Float32Array.of(1, 2), y: [3, 4] }, titles);
  assert.equal([one.data[0]!.x, one.data[0]!.y, one.layout.showlegend], [[1, 2], [3, 4], false]);
  const two = figure.scatter({ SFT: { x: [1], y: [2] }, DPO: { x: [3], y: [4] } }, titles);
  assert.equal(
    two.data.map(({ name }) => name),
    ["SFT", "DPO"],
  );
  assert.is(two.layout.showlegend, true);
  const symbols = two.data.map(({ marker }) => (marker as { symbol: string }).symbol);
  assert.is(new Set(symbols).size, 2);
});

test("scatter: the text gives means, ranges and the correlation", () => {
  const text = String(figure.scatter({ A: { x: [0, 1, 2, 3], y: [3, 2, 1, 0] }, B: { x: [5], y: [1] } }, titles));
  assert.match(text, /A +4 +1\.5 \[0, 3\] +1\.5 \[0, 3\] +-1$/m);
  assert.match(text, /B +1 +5 \[5, 5\] +1 \[1, 1\] +–$/m);
});

test("scatter: refuses unequal lengths, what is not finite, none, and missing titles", () => {
  refused(() => figure.scatter({ x: [1, 2], y: [1] }, titles));
  refused(() => figure.scatter({ x: [1], y: [Number.NaN] }, titles));
  refused(() => figure.scatter({ x: [], y: [] }, titles));
  refused(() => figure.scatter({ x: new Float32Array(20_001), y: new Float32Array(20_001) }, titles));
  refused(() => figure.scatter({ A: { x: 1 } } as never, titles));
  refused(() => figure.scatter({ x: [1], y: [1] }, { x: "Cost" } as never));
});

test.run();
