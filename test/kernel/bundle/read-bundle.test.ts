import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readArchive, writeArchive } from "../../../kernel/bundle/archive.js";
import { openBundle } from "../../../kernel/bundle/read-bundle.js";
import { parquetOf, tableOf } from "../../../kernel/bundle/table-data.js";
import { writeBundle } from "../../../kernel/bundle/write-bundle.js";
import type { Notebook } from "../../../kernel/notebook/format.js";
import { DATA_RESOURCE } from "../../../kernel/session/data-resource.js";
import { FileFormatError, type NeuronbookError, OptionError } from "../../../src/errors.js";
import { tempFolder } from "../../support/temp.js";
import { code, markdown, notebook, printed, resource, result } from "./notebooks.js";

const table = (...values: number[]) =>
  result({
    [DATA_RESOURCE]: resource(
      { a: "number" },
      values.map((a) => ({ a })),
    ),
    "text/html": "<table><tr><td>a</td></tr></table>",
    "text/plain": "a",
  });
const work = () =>
  notebook(
    markdown("# Work"),
    code("import './lib.ts'", [printed("hi\n")], { id: "load" }),
    code("t", [table(1.5, 2)], { id: "scores" }),
    code("u", [table(), table(3)], { id: "0f3e9a1b" }),
  );

function written(made: Notebook, folder = path.join(tempFolder(), "work")): string {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "n.ipynb");
  fs.writeFileSync(file, JSON.stringify(made));
  fs.writeFileSync(path.join(folder, "lib.ts"), "export {};");
  return file;
}
const bundled = async () => (await writeBundle(written(work()))).bundle;

/** The bundle with entries replaced, or taken out. */
function altered(bundle: string, change: Record<string, Uint8Array | string | undefined>): string {
  const entries = new Map(readArchive(bundle));
  for (const [name, content] of Object.entries(change))
    if (content === undefined) entries.delete(name);
    else entries.set(name, new Uint8Array(Buffer.from(content as string)));
  const file = path.join(tempFolder(), "altered.zip");
  writeArchive(file, entries);
  return file;
}

const open = (bundle: string, folder = tempFolder()) => openBundle(bundle, folder, tempFolder());

async function refused(
  bundle: string,
  what: string,
  type: typeof NeuronbookError | typeof FileFormatError = FileFormatError,
): Promise<void> {
  try {
    await open(bundle);
  } catch (error) {
    assert.instance(error, type);
    assert.ok((error as Error).message.includes(what), (error as Error).message);
    return;
  }
  assert.unreachable(`not refused: ${what}`);
}

test("a bundle holds notebook, page, origin, tables and modules; equal notebooks give equal bytes", async () => {
  const { bundle, tables, origin, bytes } = await writeBundle(written(work()));
  assert.is(path.basename(bundle), "n.bundle.zip");
  assert.is(fs.statSync(bundle).size, bytes);
  assert.equal([...readArchive(bundle).keys()].sort(), [
    "files/lib.ts",
    "notebook.html",
    "notebook.ipynb",
    "origin.json",
    "tables/01-scores.parquet",
    "tables/02-cell-4.parquet",
    "tables/03-cell-4.parquet",
    "tables/index.json",
  ]);
  assert.equal(
    tables.map(({ cell, table, rows, columns }) => [cell, table, rows, columns[0]!.type]),
    [
      [3, 1, 2, "number"],
      [4, 1, 0, "number"],
      [4, 2, 1, "number"],
    ],
  );
  assert.equal(
    origin.included.map(({ path }) => path),
    ["lib.ts"],
  );
  assert.ok(fs.readFileSync(bundle).equals(fs.readFileSync(await bundled())));
});

test("it is unpacked under the notebook's own name, with its modules, and tables as they were shown", async () => {
  const folder = tempFolder();
  const { file, tables, altered, notebook } = await open(await bundled(), folder);
  assert.equal(fs.readdirSync(folder).sort(), ["lib.ts", "n.ipynb"]);
  assert.equal([file, altered, notebook.cells.length], [path.join(folder, "n.ipynb"), [], 4]);
  assert.equal(
    tables.map(({ data }) => data.columns[0]!.values),
    [[1.5, 2], [], [3]],
  );
});

test("a file of another content is never replaced", async () => {
  const folder = tempFolder();
  const bundle = await bundled();
  await open(bundle, folder);
  await open(bundle, folder);
  fs.writeFileSync(path.join(folder, "lib.ts"), "mine");
  try {
    await open(bundle, folder);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, OptionError);
    assert.match((error as Error).message, "lib.ts");
  }
  assert.is(fs.readFileSync(path.join(folder, "lib.ts"), "utf8"), "mine");
});

test("a table or a page that was changed is told; code that was changed is not run", async () => {
  const bundle = await bundled();
  const changed = parquetOf(tableOf(resource({ a: "number" }, [{ a: 9 }, { a: 2 }]), "x"));
  const { altered: names, tables } = await open(altered(bundle, { "tables/01-scores.parquet": changed, "notebook.html": "<p>" }));
  assert.equal([...names].sort(), ["notebook.html", "tables/01-scores.parquet"]);
  assert.equal(tables[0]!.data.columns[0]!.values, [9, 2]);
  await refused(altered(bundle, { "files/lib.ts": "export const x = 1;" }), "files/lib.ts does not have the digest");
  await refused(altered(bundle, { "notebook.ipynb": "{}" }), "notebook.ipynb does not have the digest");
  await refused(altered(bundle, { "files/more.ts": "export {};" }), "files/more.ts does not have the digest");
  await refused(altered(bundle, { "tables/index.json": "[]" }), "tables/index.json does not have the digest");
});

test("what is missing or damaged is named", async () => {
  const bundle = await bundled();
  await refused(altered(bundle, { "origin.json": undefined }), "no origin.json");
  await refused(altered(bundle, { "notebook.ipynb": undefined }), "no notebook.ipynb");
  await refused(altered(bundle, { "tables/01-scores.parquet": undefined }), "no tables/01-scores.parquet");
  await refused(altered(bundle, { "tables/01-scores.parquet": "PAR1 no" }), "tables/01-scores.parquet parquet file invalid");
  const other = parquetOf(tableOf(resource({ b: "number" }, [{ b: 9 }]), "x"));
  await refused(altered(bundle, { "tables/01-scores.parquet": other }), "has the columns b; expected a");
  const cut = path.join(tempFolder(), "cut.zip");
  fs.writeFileSync(cut, fs.readFileSync(bundle).subarray(0, 1000));
  await refused(cut, "is damaged");
});

test("a notebook that was not run to its end is told, with what to do", async () => {
  const refusal = async (made: Notebook) => {
    try {
      await writeBundle(written(made));
    } catch (error) {
      assert.is((error as NeuronbookError).code, "not-run");
      return (error as Error).message;
    }
    return "";
  };
  assert.match(
    await refusal(notebook(markdown("a"), code("1", [], { execution_count: null }))),
    /cell 2 has not been run; .*`neuronbook run n\.ipynb`/,
  );
  const error = { output_type: "error", ename: "Error", evalue: "broken", traceback: [] } as const;
  assert.match(await refusal(notebook(code("1", [error]))), /cell 1 failed: Error: broken/);
  assert.is(
    await refusal(notebook(code("1", [error], { metadata: { tags: ["raises-exception"] } }), code(" ", [], { execution_count: null }))),
    "",
  );
});

test.run();
