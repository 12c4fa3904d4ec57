import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { FINDING, FindingReport, figureText } from "../../src/findings/finding-report.js";
import { overSeeds } from "../../src/findings/over-seeds.js";
import { verdict } from "../../src/findings/verdict.js";

const estimate = { value: 0.97, low: 0.91, high: 1.02 };
const fields = {
  id: "E1",
  title: "A title",
  claim: "Something | is so.",
  lab: "organism",
  settings: { prompts: 3 },
  rows: [
    { what: "C", paper: "> 0.9", here: estimate },
    { what: "gap", paper: "–", here: undefined },
  ],
  parts: { first: verdict(estimate, { above: 0.9 }), second: verdict(undefined, { above: 0 }) },
  differs: ["The model is small."],
};

test("the verdict is that of all parts; JSON, markdown and text say the same", () => {
  const report = new FindingReport(fields);
  assert.is(report.verdict, "undecided");
  const bundle = (report as unknown as Record<symbol, () => Record<string, unknown>>)[Symbol.for("Jupyter.mime")]!();
  const json = JSON.parse(JSON.stringify(bundle[FINDING]));
  assert.is(json.verdict, "undecided");
  assert.equal(json.rows, [
    { what: "C", paper: "> 0.9", here: estimate },
    { what: "gap", paper: "–", here: null },
  ]);
  for (const form of [bundle["text/markdown"], bundle["text/plain"]] as string[]) {
    for (const part of ["0.97 (0.91 to 1.02)", "no estimate", "The model is small.", "> 0.9"]) assert.ok(form.includes(part), part);
  }
  assert.is(new FindingReport({ ...fields, parts: { first: fields.parts.first } }).verdict, "holds");
});

test("two figures of one name are refused: the page would show the first alone", () => {
  const rows = [...fields.rows, { what: "C", paper: "–", here: 1 }];
  assert.throws(
    () => new FindingReport({ ...fields, rows }),
    (error: Error) => error instanceof OptionError && /C, twice/.test(error.message),
  );
});

test("a report without parts or with another id is refused", () => {
  assert.throws(
    () => new FindingReport({ ...fields, parts: {} }),
    (error: Error) => error instanceof OptionError,
  );
  assert.throws(
    () => new FindingReport({ ...fields, id: "first" }),
    (error: Error) => error instanceof OptionError,
  );
});

test("over seeds: Student's interval of several, the own interval of one, nothing of none", () => {
  assert.is(overSeeds([undefined]), undefined);
  assert.equal(overSeeds([undefined, estimate]), estimate);
  const { value, low, high } = overSeeds([1, 2, 3].map((one) => ({ value: one, low: one, high: one })))!;
  assert.is(value, 2);
  // t(0.975, 2) = 4.302653, sd 1
  assert.ok(Math.abs(high - 2 - 4.302653 / Math.sqrt(3)) < 1e-5 && Math.abs(low + high - 4) < 1e-9);
});

test("figures with three digits, with their interval where one is known", () => {
  assert.is(figureText({ value: 0.9714, low: 0.9101, high: 1.0249 }), "0.971 (0.91 to 1.02)");
  assert.is(figureText(12.345), "12.3");
  assert.is(figureText({ value: 0.5, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }), "0.5 (a single one, no interval)");
});

test.run();
