import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NeuronbookError, OptionError } from "../../src/errors.js";
import { Figure, figure } from "../../src/index.js";
import { pixelsOf } from "../support/png.js";
import { tempFolder } from "../support/temp.js";
import { examples } from "./examples.js";

const bundleOf = (one: Figure) => (one as unknown as Record<symbol, () => Promise<Record<string, unknown>>>)[Symbol.for("Jupyter.mime")]!();
const small = figure.bars({ a: { x: 1, y: 2 } }, { y: "Value" });

test("every figure shows as plotly JSON, PNG and text, and ten of them make less than 1 MB", async () => {
  let bytes = 0;
  const figures = Object.entries(examples);
  assert.ok(figures.length >= 10);
  for (const [name, one] of figures) {
    const bundle = await bundleOf(one);
    for (const type of ["application/vnd.plotly.v1+json", "image/png", "text/plain"]) assert.ok(bundle[type], `${name}: ${type}`);
    assert.equal(bundle["application/vnd.plotly.v1+json"], JSON.parse(JSON.stringify(one)));
    const json = JSON.stringify(bundle);
    assert.not.match(json, /<script|javascript:/i, name);
    const { width } = await pixelsOf(Buffer.from(bundle["image/png"] as string, "base64"));
    assert.ok(width >= 1000, `${name}: sharp on screens with small pixels`);
    bytes += json.length;
  }
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
});

test("text and axes name what they show", () => {
  for (const [name, one] of Object.entries(examples)) {
    const { layout } = one;
    for (const [axis, value] of Object.entries(layout))
      if (/^[xy]axis/.test(axis)) assert.type((value as { title: { text: string } }).title.text, "string", `${name}: ${axis}`);
    assert.ok(String(one).split("\n").length > 2, name);
  }
});

test("sizes: CSS pixels times the scale, from the options, the layout or the default", async () => {
  const sizeOf = async (one: Figure, options = {}) => {
    const { width, height } = await pixelsOf(await one.png(options));
    return [width, height];
  };
  assert.equal(await sizeOf(small), [1360, 800]);
  assert.equal(await sizeOf(small, { width: 300, height: 200, scale: 1 }), [300, 200]);
  const own = new Figure({ data: [], layout: { width: 400, height: 100 }, text: "nothing" });
  assert.equal(await sizeOf(own, { scale: 1.5 }), [600, 150]);
  for (const options of [{ width: 10 }, { height: Number.NaN }, { scale: 0 }, { scale: 100 }])
    try {
      await small.png(options);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, OptionError);
    }
});

test("figures asked for at once come out each for itself, and the process may end while none is drawn", async () => {
  const widths = [200, 220, 240, 260];
  const drawn = await Promise.all(widths.map((width) => small.png({ width, height: 100, scale: 1 })));
  assert.equal(await Promise.all(drawn.map(async (png) => (await pixelsOf(png)).width)), widths);
});

test("saves PNG and JSON, and refuses other endings", async () => {
  const folder = tempFolder();
  await small.save(path.join(folder, "new", "bars.png"), { scale: 1 });
  assert.is((await pixelsOf(fs.readFileSync(path.join(folder, "new", "bars.png")))).width, 680);
  await small.save(path.join(folder, "bars.json"));
  assert.equal(JSON.parse(fs.readFileSync(path.join(folder, "bars.json"), "utf8")), { data: small.data, layout: small.layout });
  try {
    await small.save(path.join(folder, "bars.svg"));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, OptionError);
    assert.match((error as Error).message, /\.png or \.json/);
  }
});

test("numbers are kept to six digits, what is no number as null, and nothing can be changed", () => {
  const one = new Figure({
    data: [{ x: Float64Array.of(1 / 3, 1e9 / 7), y: [Number.NaN, Number.POSITIVE_INFINITY], name: undefined }],
    layout: {},
    text: "",
  });
  assert.equal(one.data, [{ x: [0.333333, 142857000], y: [null, null] }]);
  assert.throws(() => {
    (one.data[0] as { x: number[] }).x[0] = 2;
  }, /read only/);
});

test("a figure without PNG says why, is shown in its other forms, and holds no other up", async () => {
  const solid = new Figure({ data: [{ type: "scatter3d", x: [1], y: [1], z: [1] }], layout: {}, text: "one point" });
  const [refused, drawn] = await Promise.allSettled([solid.png(), small.png({ scale: 1 })]);
  assert.is(drawn.status, "fulfilled");
  const { reason } = refused as PromiseRejectedResult;
  assert.instance(reason, NeuronbookError);
  assert.equal([reason.code, /scatter3d trace needs WebGL/.test(reason.message)], ["figure", true]);
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  assert.equal(Object.keys(await bundleOf(solid)).sort(), ["application/vnd.plotly.v1+json", "text/plain"]);
  assert.match((await warned).message, /WebGL/);
});

test("what plotly itself throws ends that figure alone", async () => {
  const wrong = new Figure({ data: [{ y: [1] }], layout: { xaxis: 7 }, text: "wrong" });
  const [refused, drawn] = await Promise.allSettled([wrong.png(), small.png({ scale: 1 })]);
  const { reason } = refused as PromiseRejectedResult;
  assert.instance(reason, NeuronbookError);
  assert.match(reason.message, /could not be drawn: .*7/);
  assert.is(drawn.status, "fulfilled");
});

test("what is no figure is refused at once", () => {
  for (const parts of [
    { data: 5, layout: {} },
    { data: [null], layout: {} },
    { data: [], layout: null },
  ])
    assert.throws(
      () => new Figure({ ...(parts as unknown as { data: []; layout: Record<string, unknown> }), text: "" }),
      (error: unknown) => error instanceof OptionError,
    );
});

test.run();
