import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareResults } from "../../../kernel/bundle/compare-results.js";
import { PLOTLY, shownBy, tablesWithoutData } from "../../../kernel/bundle/results.js";
import type { Output } from "../../../kernel/notebook/format.js";
import { DATA_RESOURCE } from "../../../kernel/session/data-resource.js";
import { code, markdown, notebook, printed, resource, result } from "./notebooks.js";

const FINDING = "application/vnd.neuronbook.finding+json";
const shown = (...outputs: Output[]) => shownBy(notebook(markdown("# a"), code("1", outputs)), "n.ipynb");
const compare = (a: Output[], b: Output[]) => compareResults(shown(...a), shown(...b), 1e-6);

test("tables, JSON results and texts have their cell's number, counted as in errors", () => {
  const [one, ...others] = shown(
    printed("a\n"),
    printed("a warning", "stderr"),
    result({ [DATA_RESOURCE]: resource({ a: "integer" }, [{ a: 1 }]), "text/html": "<table>", "text/plain": "a\n1" }),
    printed("b\n"),
    result({ [FINDING]: { holds: true }, "text/plain": ["holds\n", "really"] }),
    result({ "application/vnd.neuronbook.neurons+json": {}, "text/html": "<p>", "text/plain": "neurons" }),
    result({ "text/html": "<b>", "image/png": "iVBO" }),
  );
  assert.is(others.length, 0);
  assert.is(one!.cell, 2);
  assert.equal(
    one!.tables.map(({ rows }) => rows),
    [1],
  );
  assert.equal(one!.results, [{ type: FINDING, value: { holds: true } }]);
  assert.equal(one!.texts, ["a\nb\n", "holds\nreally", "neurons"]);
});

test("tables of which there is only HTML are found", () => {
  const html = { "text/html": ["<table><thead>"], "text/plain": "a" };
  const made = notebook(
    code("1", [result(html)]),
    code("2", [result({ ...html, [DATA_RESOURCE]: resource({}, []) })]),
    code("3", [result({ "text/html": "<p>a <table>" })]),
  );
  assert.equal(tablesWithoutData(made), [1]);
});

test("progress bars are no results", () => {
  const bar = (html: string) => result({ "text/html": [html], "text/plain": ["steps: 3 of 3 (1.2 s)"] });
  const [one] = shown(
    bar('<div><progress value="3" max="3"></progress> steps: 3 of 3 (1.2 s)</div>'),
    bar("<div>steps: 3 (12 s)</div>"),
    result({ "text/html": "<div>a result</div>", "text/plain": "a result" }),
  );
  assert.equal(one!.texts, ["a result"]);
});

test("equal results are counted and none differs", () => {
  const outputs = [printed("loss 0.25\n"), result({ [FINDING]: { rows: [{ effect: 0.5 }] }, "text/plain": "effect 0.5" })];
  assert.equal(compare(outputs, outputs), { compared: 3, differences: [] });
});

test("a finding that differs names cell, type and place", () => {
  const finding = (effect: number) => result({ [FINDING]: { rows: [{ effect }], origin: { at: effect } } });
  assert.equal(compare([finding(0.5)], [finding(0.6)]).differences, [
    { cell: 2, what: FINDING, at: "rows[0].effect", expected: 0.5, got: 0.6 },
  ]);
});

test("a text that differs names its line", () => {
  assert.equal(compare([printed("one\n8 layers\n")], [printed("one\n9 layers\n")]).differences, [
    { cell: 2, what: "text", at: "line 2", expected: "8 layers", got: "9 layers" },
  ]);
  assert.equal(compare([printed("one\n")], [printed("one\ntwo\n")]).differences, [
    { cell: 2, what: "text", at: "line 2", expected: "", got: "two" },
  ]);
});

test("figures are compared to the six digits that they have", () => {
  const figure = (y: number) => result({ [PLOTLY]: { data: [{ y: [y] }], layout: {} } });
  assert.equal(compare([figure(0.100001)], [figure(0.100002)]).differences, []);
  assert.is(compare([figure(0.1)], [figure(0.1001)]).differences.length, 1);
});

test("results that one side lacks are told, and of many differences a few", () => {
  const json = (value: unknown) => result({ "application/json": value });
  assert.equal(
    compare([json(1)], []).differences.map(({ what, expected, got }) => ({ what, expected, got })),
    [{ what: "results", expected: ["application/json"], got: [] }],
  );
  assert.equal(compare([printed("x")], []).differences[0], { cell: 2, what: "texts", at: "", expected: 1, got: 0 });
  assert.is(compare([json([1, 2, 3, 4, 5])], [json([2, 3, 4, 5, 6])]).differences.length, 3);
});

test("an error that a cell is meant to raise is a text", () => {
  const error = (evalue: string): Output => ({ output_type: "error", ename: "Error", evalue, traceback: [`at ${evalue}`] });
  assert.equal(compare([error("wanted")], [error("wanted")]), { compared: 1, differences: [] });
  assert.is(compare([error("wanted")], [error("other")]).differences.length, 1);
});

test.run();
