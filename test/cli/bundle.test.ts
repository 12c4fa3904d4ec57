/** `bundle` and `verify` as users run them: with the real kernel, on the tour and on notebooks of a few lines. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readArchive, writeArchive } from "../../kernel/bundle/archive.js";
import { parquetOf, tableOf } from "../../kernel/bundle/table-data.js";
import { cli } from "../support/cli.js";
import { root } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

function notebookFile(...cells: readonly string[]): string {
  const file = path.join(tempFolder(), "work.ipynb");
  const made = cells.map((source, i) => ({
    cell_type: "code",
    id: `step-${i}`,
    source,
    metadata: i === 0 ? { tags: ["parameters"] } : {},
    outputs: [],
    execution_count: null,
  }));
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: made }));
  return file;
}

/** Runs and bundles it. @returns the bundle's file and what the command said */
async function bundled(file: string, ...set: readonly string[]): Promise<{ bundle: string; stdout: string }> {
  const ran = await cli(["run", file, ...set.flatMap((one) => ["--set", one])]);
  assert.is(ran.code, 0, ran.stdout + ran.stderr);
  const { code, stdout, stderr } = await cli(["bundle", file]);
  assert.is(code, 0, stderr);
  const bundle = file.replace(/\.ipynb$/, ".bundle.zip");
  assert.match(stdout, `Check it: \`neuronbook verify ${bundle}\``);
  return { bundle, stdout };
}

const verified = async (bundle: string, ...options: readonly string[]) => {
  const { code, stdout, stderr } = await cli(["verify", bundle, ...options, "--json"]);
  assert.not.match(stderr, "internal error");
  return { code, ...JSON.parse(stdout) };
};

const TABLE = "import { table } from 'arquero'; table({ name: ['a', 'b'], share: [scale / 3, NaN], count: [1, 2] })";
const FINDING =
  "({ [Symbol.for('Jupyter.mime')]: () => ({ 'application/vnd.neuronbook.finding+json': { holds: true, rows: [{ effect: scale / 7 }] }, 'text/plain': 'holds, effect ' + scale / 7 }) })";

test("the tour: run, bundled, and verified; tables, models, calls and parameters are in the bundle", async () => {
  const file = path.join(tempFolder(), "tour.ipynb");
  fs.copyFileSync(path.join(root, "notebooks", "00-tour.ipynb"), file);
  const { bundle, stdout } = await bundled(file, "prompts=20", "longest=8");
  assert.match(stdout, "2 tables, 2 models, origins of 1 calls");
  const entries = readArchive(bundle);
  const origin = JSON.parse(Buffer.from(entries.get("origin.json")!).toString());
  assert.equal(origin.parameters, { prompts: 20, longest: 8 });
  assert.equal([origin.included, origin.missing], [[], []]);
  assert.equal([origin.ranOn.node, origin.runs[0].origin.texts.count, origin.runs[0].origin.options.newTokens], [process.version, 20, 8]);
  for (const { digest, adapters } of origin.models)
    for (const one of [digest, ...adapters.map((a: { digest: string }) => a.digest)]) assert.match(one, /^[0-9a-f]{64}$/);
  assert.equal(
    origin.models.map(({ adapters }: { adapters: object[] }) => adapters.length),
    [1, 2],
  );
  // where the package lies is not for the receiver
  assert.not.match(JSON.stringify(origin), root);
  assert.match(Buffer.from(entries.get("notebook.html")!).toString(), "<title>Safety neurons in five minutes</title>");

  const result = await cli(["verify", bundle]);
  assert.is(result.code, 0, result.stdout + result.stderr);
  for (const line of [
    /^table 01-contrast \(cell 11\): equal, 204 rows$/m,
    /^table 02-effect \(cell 16\): equal, \d rows$/m,
    /^\d+ results and texts beside tables: equal$/m,
    /^Everything came out again/m,
    /^Not compared: how long things took, pictures/m,
  ])
    assert.match(result.stdout, line);
  assert.not.match(result.stdout, "in the bundle");
});

test("a table that was changed fails, with its name, row, column and both values", async () => {
  const { bundle } = await bundled(notebookFile("let scale = 1;", TABLE, FINDING), "scale=2");
  const good = await verified(bundle);
  assert.equal([good.code, good.equal, good.tables[0].equal, good.differences, good.altered, good.versions], [0, true, true, [], [], []]);
  assert.is(good.tables[0].name, "01-step-1");

  const entries = new Map(readArchive(bundle));
  const types = Object.entries({ name: "string", share: "number", count: "integer" }).map(([name, type]) => ({ name, type }));
  const data = [
    { name: "a", share: 2 / 3, count: 1 },
    { name: "b", share: 0.5, count: 3 },
  ];
  entries.set("tables/01-step-1.parquet", parquetOf(tableOf({ schema: { fields: types }, data }, "x")));
  writeArchive(bundle, entries);
  const { code, stdout } = await cli(["verify", bundle]);
  assert.is(code, 1);
  for (const line of [
    "tables/01-step-1.parquet: changed after the bundle was made",
    "table 01-step-1 (cell 3): differs: 2 values differ",
    "  row 2, column share: got NaN, expected 0.5",
    "  row 2, column count: got 2, expected 3",
    "Not everything came out again (tolerance 0.000001).",
  ])
    assert.ok(stdout.split("\n").includes(line), `${line}\n${stdout}`);
});

test("results that come out otherwise are told: tables, findings and texts; a tolerance that is wide enough lets them be", async () => {
  // each run's own number, a little above 1
  const { bundle } = await bundled(
    notebookFile("let start = 1;", "const scale = start + Math.random() * 1e-4;", TABLE, FINDING, "console.log('scale', scale)"),
  );
  const { code, equal, tables, differences } = await verified(bundle);
  assert.equal([code, equal], [1, false]);
  assert.equal([tables[0].differing, tables[0].differences[0].column, tables[0].differences[0].row], [1, "share", 1]);
  assert.equal(
    differences.map(({ cell, what, at }: { cell: number; what: string; at: string }) => [cell, what, at]),
    [
      [4, "application/vnd.neuronbook.finding+json", "rows[0].effect"],
      [4, "text", "line 1"],
      [5, "text", "line 1"],
    ],
  );
  const wide = await verified(bundle, "--tolerance", "1e-3");
  assert.equal([wide.code, wide.equal, wide.tolerance], [0, true, 1e-3]);
});

test("modules and data beside the notebook come along; --folder keeps what was run", async () => {
  const file = notebookFile(
    "let word = 'x';",
    "import { shout } from './lib/shout'; import fs from 'node:fs'; shout(fs.readFileSync('words.txt', 'utf8'))",
  );
  const folder = path.dirname(file);
  fs.mkdirSync(path.join(folder, "lib"));
  fs.writeFileSync(path.join(folder, "lib", "shout.ts"), "export const shout = (text: string): string => text.toUpperCase();");
  fs.writeFileSync(path.join(folder, "words.txt"), "quiet");
  const { bundle, stdout } = await bundled(file);
  for (const line of ["Included: lib/shout.ts (imported by the notebook)", "Included: words.txt (named by the notebook)"])
    assert.match(stdout, line);
  const check = path.join(tempFolder(), "check");
  assert.is((await verified(bundle, "--folder", check)).code, 0);
  assert.equal(fs.readdirSync(check).sort(), ["lib", "words.txt", "work.ipynb", "work.rerun.ipynb"]);
  fs.writeFileSync(path.join(check, "words.txt"), "mine");
  const { code, stderr } = await cli(["verify", bundle, "--folder", check]);
  assert.is(code, 2);
  assert.match(stderr, "words.txt");
});

test("what the bundle lacks is named by both commands, and a folder that has it helps", async () => {
  const file = notebookFile("let n = 1;", "import fs from 'node:fs'; fs.readFileSync('../far/words.txt', 'utf8')");
  const far = path.join(path.dirname(file), "..", "far");
  fs.mkdirSync(far);
  fs.writeFileSync(path.join(far, "words.txt"), "far");
  const { bundle, stdout } = await bundled(file);
  assert.match(stdout, "Not included: ../far/words.txt (outside of the notebook's folder)");
  const failed = await cli(["verify", bundle]);
  assert.is(failed.code, 1);
  for (const part of [
    "The rerun failed, so nothing was compared: cell 2 failed: Error: ENOENT",
    "Not in the bundle: ../far/words.txt",
    "--folder",
  ])
    assert.match(failed.stdout, part);
  assert.is((await verified(bundle, "--folder", path.join(path.dirname(file), "..", "check"))).code, 0);
  fs.rmSync(far, { recursive: true });
});

test("a notebook that was not run is no bundle, and what is no bundle is not verified", async () => {
  const file = notebookFile("let n = 1;");
  const unrun = await cli(["bundle", file]);
  assert.is(unrun.code, 1);
  assert.match(unrun.stderr, "cell 1 has not been run; run it first: `neuronbook run work.ipynb`");
  assert.not.ok(fs.existsSync(file.replace(/\.ipynb$/, ".bundle.zip")));
  const notebook = await cli(["verify", file]);
  assert.is(notebook.code, 1);
  assert.match(notebook.stderr, "is no zip file");
  assert.match((await cli(["verify", `${file}.gone`])).stderr, "does not exist");
});

test("verify can be interrupted, and leaves nothing behind", async () => {
  const { bundle } = await bundled(
    notebookFile("let wait = 0;", "await new Promise((done) => setTimeout(done, wait)); 'done'"),
    "wait=6000",
  );
  const folder = tempFolder();
  const { code, stderr } = await cli(["verify", bundle], { interrupt: true, env: { TMPDIR: folder } });
  assert.is(code, 130, stderr);
  assert.equal(
    fs.readdirSync(folder).filter((name) => name.startsWith("neuronbook-verify")),
    [],
  );
});

test.run();
