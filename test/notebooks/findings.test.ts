/** Every notebook of a finding through the real kernel, on the organism; the verdicts that its bars promise. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Notebook, sourceOf, tagsOf } from "../../kernel/notebook/format.js";
import { FINDINGS, type FindingId, filePrefix } from "../../src/lab/reproduction/plan.js";
import { readRecord } from "../../src/lab/reproduction/record.js";
import { cli } from "../support/cli.js";
import { root } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const notebooks = path.join(root, "notebooks");
const fileOf = (id: FindingId) => path.join(notebooks, fs.readdirSync(notebooks).find((name) => name.startsWith(filePrefix(id)))!);
const results = tempFolder();
const page = path.join(results, "page.md");
/** Findings on which the organism's bars decide run at the usual size, the others at the quick one: the usual ones are in data/results. */
const DECIDED: readonly FindingId[] = ["E1", "E2", "E4", "E6", "E12", "E13", "E17"];
const OTHERS = FINDINGS.filter((id) => !DECIDED.includes(id));
const decided = ["--only", DECIDED.join()];
const others = ["--quick", "--only", OTHERS.join()];

async function reproduce(folder: string, file: string, ...more: string[]) {
  // a model as small as the organism gains nothing from a second thread, so that two runs fit side by side
  const { code, stdout, stderr } = await cli(["reproduce", "--results", folder, "--page", file, "--json", ...more], {
    env: { NEURONBOOK_THREADS: "1" },
  });
  assert.is(code, 0, `${stdout}\n${stderr}`);
  const { done, failed } = JSON.parse(stdout) as { done: { finding: FindingId; verdict: string; seconds: number }[]; failed: unknown[] };
  assert.equal(failed, []);
  return done;
}

const recordOf = (folder: string, id: FindingId) => readRecord(path.join(folder, "organism"), "usual", id)!;

test("there is a notebook for every finding, shipped without outputs, with its parameters first and its report last", () => {
  for (const id of FINDINGS) {
    const { cells } = JSON.parse(fs.readFileSync(fileOf(id), "utf8")) as Notebook;
    const code = cells.filter(({ cell_type }) => cell_type === "code");
    assert.equal(tagsOf(code[0]!), ["parameters"], id);
    for (const name of ["lab", "results", "size"]) assert.match(sourceOf(code[0]!), new RegExp(`\\blet ${name}\\b`), id);
    assert.match(sourceOf(code.at(-1)!), `id: "${id}"`, id);
    assert.ok(
      code.every(({ outputs }) => outputs!.length === 0),
      id,
    );
    assert.is(new Set(cells.map((cell) => cell.id)).size, cells.length, id);
  }
  const index = fs.readFileSync(path.join(notebooks, "index.ipynb"), "utf8");
  for (const id of FINDINGS) assert.ok(index.includes(`(${path.basename(fileOf(id))})`), id);
});

test("all run on the organism, and what its bars promise holds", async () => {
  const [first, second] = await Promise.all([
    reproduce(results, path.join(results, "decided.md"), ...decided),
    reproduce(results, path.join(results, "others.md"), ...others),
  ]);
  const done = new Map([...first, ...second].map((one) => [one.finding, one]));
  assert.equal(new Set(done.keys()), new Set(FINDINGS));
  for (const id of ["E1", "E6", "E12", "E13", "E17"] as const)
    assert.is(done.get(id)!.verdict, "holds", JSON.stringify(recordOf(results, id).report.parts));
  // the bars of docs/organism.md; the paper's own bar for the overlap is higher
  const { parts } = recordOf(results, "E4").report;
  const [, spearman] = Object.entries(parts).find(([part]) => /Spearman.*all/.test(part))!;
  const [, overlap] = Object.entries(parts).find(([part]) => /[Oo]verlap/.test(part))!;
  assert.is(spearman.verdict, "holds", spearman.summary);
  assert.ok(overlap.effect >= 0.85, overlap.summary);
  for (const [part, { verdict, summary }] of Object.entries(recordOf(results, "E2").report.parts))
    if (/C of the safety neurons/.test(part)) assert.is(verdict, "holds", summary);
});

test("what is recorded is not run again, and all of it is on the page", async () => {
  for (const size of [decided, others]) for (const { seconds } of await reproduce(results, page, ...size)) assert.is(seconds, 0);
  const text = fs.readFileSync(page, "utf8");
  for (const id of FINDINGS) assert.match(text, `## ${id} `);
  for (const [, link] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) assert.ok(fs.existsSync(path.join(results, link!)), link);
});

test("measured anew, the figures are the same to the last digit", async () => {
  const again = tempFolder();
  await reproduce(again, path.join(again, "page.md"), "--only", "E4,E12");
  for (const id of ["E4", "E12"] as const) assert.equal(recordOf(again, id).report, recordOf(results, id).report);
});

test.run();
