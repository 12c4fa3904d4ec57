import fs from "node:fs";
import path from "node:path";
import { table } from "arquero";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parquetOf, readTable, type TableData, tableOf } from "../../../kernel/bundle/table-data.js";
import { dataResource } from "../../../kernel/session/data-resource.js";
import { FileFormatError } from "../../../src/errors.js";
import { tempFolder } from "../../support/temp.js";

const asInNotebook = (made: Parameters<typeof dataResource>[0]) => tableOf(JSON.parse(JSON.stringify(dataResource(made))), "n.ipynb");

async function throughParquet(data: TableData): Promise<TableData> {
  const file = path.join(tempFolder(), "t.parquet");
  fs.writeFileSync(file, parquetOf(data));
  return readTable(file, new Map(data.columns.map(({ name, type }) => [name, type])), data.totalRows);
}

test("values come out of Parquet as they went into the notebook", async () => {
  const data = asInNotebook(
    table({
      whole: [1, null, -(2 ** 53) + 1],
      share: [1 / 3, Number.NaN, Number.NEGATIVE_INFINITY],
      yes: [true, null, false],
      word: ["ä, “b”", "", null],
      day: [new Date(5), null, new Date(-1)],
      large: [1n, 2n ** 60n, -(2n ** 63n)],
      mixed: [[1, "x"], null, { a: [0.1] }],
      none: [null, null, null],
      "a.b c": ["x", "y", "z"],
    }),
  );
  assert.equal(data.columns[0]!.values, [1, null, -(2 ** 53) + 1]);
  assert.equal(data.columns[1]!.values, [1 / 3, Number.NaN, Number.NEGATIVE_INFINITY]);
  assert.equal(data.columns[5]!.values, [1, 2n ** 60n, -(2n ** 63n)]);
  assert.equal(await throughParquet(data), data);
});

test("many rows, none, and no columns", async () => {
  const many = asInNotebook(
    table({ i: Array.from({ length: 5000 }, (_, i) => i), x: Float64Array.from({ length: 5000 }, (_, i) => 1 / i) }),
  );
  assert.equal(await throughParquet(many), many);
  const none = asInNotebook(table({ a: [], b: Float64Array.of() }));
  assert.equal([none.rows, none.columns.map(({ name }) => name)], [0, ["a", "b"]]);
  assert.equal(await throughParquet(none), none);
  const empty = asInNotebook(table({}));
  assert.equal(await throughParquet(empty), empty);
});

test("equal tables give equal bytes", () => {
  const data = asInNotebook(table({ a: [1, 2], b: ["x", "y"] }));
  assert.equal(parquetOf(data), parquetOf(data));
});

test("half a character is what UTF-8 makes of it, in the notebook as in Parquet", async () => {
  const data = asInNotebook(table({ a: ["x\ud800"] }));
  assert.equal(await throughParquet(data), data);
});

test("a resource that is none names the place", () => {
  const schema = { fields: [{ name: "a", type: "integer" }] };
  for (const [resource, what] of [
    [null, "no schema.fields"],
    [{ schema, data: 3 }, "no rows"],
    [{ schema: { fields: [{ name: "a", type: "geo" }] }, data: [] }, "without name or type"],
    [{ schema, data: [{ a: 1 }, { a: "x" }] }, 'row 2, column "a"'],
    [{ schema, data: [{ a: 0.5 }] }, "no value of type integer"],
    [{ schema: { fields: [schema.fields[0], schema.fields[0]] }, data: [] }, "two columns of one name"],
    [{ schema, data: [{ a: 1 }], totalRows: 0 }, "totalRows 0"],
  ] as const)
    assert.throws(
      () => tableOf(resource, "n.ipynb"),
      (error: Error) => error instanceof FileFormatError && error.message.startsWith("n.ipynb: ") && error.message.includes(what),
      what,
    );
});

test("Parquet that is damaged or has other columns is refused", async () => {
  const data = asInNotebook(table({ a: [1, 2], b: ["x", "y"] }));
  const file = path.join(tempFolder(), "t.parquet");
  fs.writeFileSync(file, parquetOf(data));
  const fails = async (types: [string, "integer" | "string"][], what: RegExp) => {
    try {
      await readTable(file, new Map(types), 2);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, FileFormatError);
      assert.match((error as Error).message, what);
    }
  };
  await fails([["a", "integer"]], /columns a, b; expected a/);
  fs.truncateSync(file, 40);
  await fails(
    [
      ["a", "integer"],
      ["b", "string"],
    ],
    /t\.parquet/,
  );
});

test.run();
