import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareTables } from "../../../kernel/bundle/compare-tables.js";
import type { Column, TableData } from "../../../kernel/bundle/table-data.js";

const data = (...columns: Column[]): TableData => {
  const rows = columns[0]?.values.length ?? 0;
  return { columns, rows, totalRows: rows };
};
const words = { name: "word", type: "string", values: ["a", "b", null] } as const;
const numbers = { name: "x", type: "number", values: [0.1, Number.NaN, 3] } as const;

test("equal tables are equal, in any order of columns and within the tolerance", () => {
  const got = data({ ...numbers, values: [0.1 + 1e-9, Number.NaN, 3] }, words);
  assert.equal(compareTables(data(words, numbers), got, 1e-6), { equal: true, shape: [], differing: 0, differences: [] });
  assert.not(compareTables(data(words, numbers), got, 1e-10).equal);
});

test("each difference has its row, its column and both values", () => {
  const got = data({ ...words, values: ["a", null, "c"] }, { ...numbers, values: [0.2, Number.NaN, 3] });
  const { equal, differing, differences } = compareTables(data(words, numbers), got, 1e-6);
  assert.equal([equal, differing], [false, 3]);
  assert.equal(differences, [
    { row: 1, column: "x", got: 0.2, expected: 0.1 },
    { row: 2, column: "word", got: null, expected: "b" },
    { row: 3, column: "word", got: "c", expected: null },
  ]);
});

test("of many differences the first are shown and all are counted", () => {
  const many = (x: number) => data({ name: "x", type: "number", values: new Array(100).fill(x) });
  const { differing, differences } = compareTables(many(1.5), many(2.5), 1e-6);
  assert.equal([differing, differences.length, differences[4]!.row], [100, 5, 5]);
});

test("integers are exact; a column of numbers that happen to be whole is not one of integers", () => {
  const integers = (...values: unknown[]) => data({ name: "n", type: "integer", values });
  const floats = (...values: unknown[]) => data({ name: "n", type: "number", values });
  assert.not(compareTables(integers(1e9), integers(1e9 + 1), 1e-3).equal);
  assert.ok(compareTables(integers(1), floats(1 + 1e-9), 1e-6).equal);
  assert.ok(compareTables(integers(2n ** 60n), integers(2n ** 60n), 0).equal);
  assert.not(compareTables(integers(2n ** 60n), integers(2n ** 60n + 1n), 0).equal);
});

test("dates, booleans and nested values", () => {
  const made = (day: number, flag: boolean, nested: unknown) =>
    data(
      { name: "day", type: "datetime", values: [new Date(day)] },
      { name: "flag", type: "boolean", values: [flag] },
      { name: "nested", type: "any", values: [nested] },
    );
  assert.ok(compareTables(made(1, true, [0.5]), made(1, true, [0.5 + 1e-9]), 1e-6).equal);
  const { differences } = compareTables(made(1, true, [0.5]), made(2, false, [0.6]), 1e-6);
  assert.equal(
    differences.map(({ column }) => column),
    ["day", "flag", "nested"],
  );
});

test("rows and columns that are missing or too many are told", () => {
  const shorter = data({ ...words, values: ["a"] }, { name: "y", type: "number", values: [1] });
  const { equal, shape } = compareTables(data(words, numbers), shorter, 1e-6);
  assert.not(equal);
  assert.equal(shape, ["1 rows instead of 3", 'no column "x"', 'a column "y" that the bundle does not have']);
  const cut = { ...data(words), totalRows: 100 };
  assert.ok(compareTables(cut, { ...data(words), totalRows: 100 }, 0).equal);
  assert.equal(compareTables(cut, { ...data(words), totalRows: 99 }, 0).shape, ["99 rows instead of 100"]);
});

test.run();
