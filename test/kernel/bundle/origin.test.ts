import { test } from "uvu";
import * as assert from "uvu/assert";
import { injectedParameters, modelsOf, originOf, readOrigin } from "../../../kernel/bundle/origin.js";
import { FileFormatError } from "../../../src/errors.js";
import { version } from "../../../src/version.js";
import { code, markdown, notebook, result } from "./notebooks.js";

const tags = (...names: string[]) => ({ metadata: { tags: names } });
const model = (digest: string) => ({ model: "m", digest, adapters: [] });
const recorded = (models: unknown[], runs: unknown[] = [], more = 0) =>
  result({ "text/plain": "1" }, { neuronbook: { models, runs, more } });
const none = { included: [], missing: [] };
const bytes = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
const refuses = (value: unknown, what: string) =>
  assert.throws(
    () => readOrigin(value === undefined ? undefined : bytes(value), "b.zip"),
    (error: Error) => error instanceof FileFormatError && error.message.startsWith("b.zip: ") && error.message.includes(what),
    what,
  );

test("models once, calls with their cell, origins that results hold, parameters, sources", () => {
  const finding = result({ "application/vnd.neuronbook.finding+json": { holds: true, origin: { seeds: [1] } } });
  const made = notebook(
    markdown("# text"),
    code("let n = 1;", [], tags("parameters")),
    code('n = 2;\nlet name = "a = b;";', [], tags("injected-parameters")),
    code("x", [recorded([model("1"), model("2")], [{ threads: 2 }], 30)]),
    code("y", [recorded([model("2"), model("1"), model("3")]), finding]),
  );
  const origin = originOf(made, "n.ipynb", none, { a: "b" });
  assert.equal(origin.models, [model("1"), model("2"), model("3")]);
  assert.equal(origin.runs, [
    { cell: 4, origin: { threads: 2 } },
    { cell: 5, origin: { seeds: [1] } },
  ]);
  assert.equal(origin.parameters, { n: 2, name: "a = b;" });
  assert.equal(
    origin.notebook.cells.map(({ cell }) => cell),
    [2, 3, 4, 5],
  );
  assert.equal([origin.neuronbook, origin.ranOn, origin.notebook.inOrder, origin.more], [version, null, true, 30]);
  assert.equal(readOrigin(bytes(origin), "b.zip"), origin);
});

test("the machine is the one that the notebook's run left in it; a changed source has another digest", () => {
  const made = notebook(code("x"));
  const machine = { node: "v1" };
  made.metadata.language_info = { name: "typescript", neuronbook: machine };
  const origin = originOf(made, "n.ipynb", none, {});
  assert.equal(origin.ranOn, machine);
  made.cells[0]!.source = "y";
  assert.is.not(originOf(made, "n.ipynb", none, {}).notebook.sources, origin.notebook.sources);
});

test("cells that ran out of order are told", () => {
  const made = notebook(code("x"), code("y"), code("z"));
  made.cells[0]!.execution_count = 7;
  assert.not(originOf(made, "n.ipynb", none, {}).notebook.inOrder);
});

test("metadata of another tool is no origin", () => {
  const odd = [result({}, { neuronbook: 3 }), result({}, { neuronbook: { models: "x", runs: null } }), { output_type: "stream" } as const];
  assert.equal(modelsOf(notebook(code("x", [...odd]))), []);
});

test("parameters that were edited by hand are refused", () => {
  const edited = notebook(code("n = 2 + 3;", [], tags("injected-parameters")));
  assert.throws(
    () => injectedParameters(edited, "n.ipynb"),
    (error: Error) => error instanceof FileFormatError && error.message.includes("neuronbook run --set"),
  );
});

test("an origin of another format, version or form is refused", () => {
  const origin = originOf(notebook(code("x")), "n.ipynb", none, {});
  refuses(undefined, "no origin.json");
  refuses(null, "format is undefined");
  refuses({ ...origin, format: "x" }, 'format is "x"');
  refuses({ ...origin, formatVersion: 2, neuronbook: "9.0.0" }, "format version 2, made by neuronbook 9.0.0");
  for (const name of ["../n.ipynb", "a/n.ipynb", "n.zip", 3]) refuses({ ...origin, notebook: { name } }, "the notebook's name is");
  refuses({ ...origin, files: [] }, "files or parameters");
  refuses({ ...origin, missing: undefined }, "missing is no list");
  assert.throws(
    () => readOrigin(new Uint8Array(Buffer.from("{")), "b.zip"),
    (error: Error) => error instanceof FileFormatError && error.message.includes("no JSON"),
  );
});

test.run();
