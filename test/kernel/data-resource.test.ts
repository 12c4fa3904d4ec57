import { table } from "arquero";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DATA_RESOURCE, dataResource } from "../../kernel/session/data-resource.js";
import { mimeBundle } from "../../kernel/session/mime.js";

test("every value is kept in full, by types that Table Schema has", () => {
  const made = table({
    whole: [1, null, -3],
    share: [1 / 3, Number.NaN, Number.NEGATIVE_INFINITY],
    floats: Float64Array.of(1, 2, 3),
    yes: [true, undefined, false],
    word: ["a", "b\n", null],
    day: [new Date(0), undefined, new Date(Number.NaN)],
    large: [1n, 2n ** 60n, null],
    mixed: [[1, Number.POSITIVE_INFINITY], Float32Array.of(0.5), { a: 1n }],
    none: [null, undefined, null],
  });
  const { schema, data, totalRows, profile } = dataResource(made);
  assert.equal([profile, totalRows], ["tabular-data-resource", 3]);
  assert.equal(Object.fromEntries(schema.fields.map(({ name, type }) => [name, type])), {
    whole: "integer",
    share: "number",
    floats: "number",
    yes: "boolean",
    word: "string",
    day: "datetime",
    large: "integer",
    mixed: "any",
    none: "any",
  });
  // as it is in a notebook
  assert.equal(JSON.parse(JSON.stringify(data)), [
    { whole: 1, share: 1 / 3, floats: 1, yes: true, word: "a", day: "1970-01-01T00:00:00.000Z", large: 1, mixed: [1, "INF"], none: null },
    { whole: null, share: "NaN", floats: 2, yes: null, word: "b\n", day: null, large: "1152921504606846976", mixed: [0.5], none: null },
    { whole: -3, share: "-INF", floats: 3, yes: false, word: null, day: null, large: null, mixed: { a: "1" }, none: null },
  ]);
});

test("a value that JSON cannot write is text", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const { data } = dataResource(table({ a: [circle, () => 1] }));
  assert.match(String(data[0]!.a), "Circular");
  assert.match(String(data[1]!.a), "Function");
});

test("order and filter of a table are those of its rows", () => {
  const made = table({ a: [3, 1, 2] }).orderby("a");
  assert.equal(
    dataResource(made).data.map(({ a }) => a),
    [1, 2, 3],
  );
});

test("a table's output has the values beside HTML and text, which stay as they were", async () => {
  const made = table({ a: [1, 2], b: ["x", "y"] });
  const bundle = await mimeBundle(made);
  assert.equal(Object.keys(bundle), [DATA_RESOURCE, "text/html", "text/plain"]);
  assert.is(bundle["text/plain"], "a  b\n1  x\n2  y\n2 rows × 2 columns");
  assert.is(bundle["text/html"], made.toHTML({ limit: 20 }));
});

test("a table that is too large is cut, and HTML and text say how many rows are kept", async () => {
  const rows = 100_000;
  const made = table({ a: Array.from({ length: rows }, (_, i) => `${i}`.padStart(50)) });
  const bundle = await mimeBundle(made);
  const { data, totalRows } = bundle[DATA_RESOURCE] as ReturnType<typeof dataResource>;
  assert.is(totalRows, rows);
  assert.ok(data.length > 50_000 && data.length < 80_000, String(data.length));
  assert.ok(JSON.stringify(data).length < 5e6);
  const said = `the notebook keeps the first ${data.length} rows`;
  assert.match(String(bundle["text/html"]), `99980 more rows; 100000 rows × 1 columns; ${said}`);
  assert.match(String(bundle["text/plain"]), said);
});

test("the change scores of every neuron of a model of 135M parameters are kept whole", () => {
  const rows = 30 * 1536;
  const made = table({
    rank: Array.from({ length: rows }, (_, i) => i),
    layer: Array.from({ length: rows }, (_, i) => i % 30),
    neuron: Array.from({ length: rows }, (_, i) => i % 1536),
    score: Float32Array.from({ length: rows }, (_, i) => 1 / (i + 1)),
  });
  assert.is(dataResource(made).data.length, rows);
});

test.run();
