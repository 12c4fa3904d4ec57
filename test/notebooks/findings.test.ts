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

async function reproduce(folder: string, ...more: string[]) {
  const { code, stdout, stderr } = await cli(["reproduce", "--results", folder, "--page", path.join(folder, "page.md"), "--json", ...more]);
  assert.is(code, 0, `${stdout}\n${stderr}`);
  const { done, failed } = JSON.parse(stdout) as { done: { finding: FindingId; verdict: string; seconds: number }[]; failed: unknown[] };
  assert.equal(failed, []);
  return new Map(done.map((one) => [one.finding, one]));
}

const reproduceAll = async () =>
  new Map([...(await reproduce(results, "--quick", "--only", OTHERS.join())), ...(await reproduce(results, "--only", DECIDED.join()))]);

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
  const done = await reproduceAll();
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
  const text = fs.readFileSync(page, "utf8");
  for (const id of FINDINGS) assert.match(text, `## ${id} `);
  for (const [, link] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) assert.ok(fs.existsSync(path.join(results, link!)), link);
});

test("what is recorded is not run again", async () => {
  for (const { seconds } of (await reproduceAll()).values()) assert.is(seconds, 0);
});

test("measured anew, the figures are the same to the last digit", async () => {
  const again = tempFolder();
  await reproduce(again, "--only", "E4,E12");
  for (const id of ["E4", "E12"] as const) assert.equal(recordOf(again, id).report, recordOf(results, id).report);
});

test.run();
