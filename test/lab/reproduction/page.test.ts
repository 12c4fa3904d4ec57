import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError } from "../../../src/errors.js";
import { reproductionPage } from "../../../src/lab/reproduction/page.js";
import { FINDINGS, parametersOf } from "../../../src/lab/reproduction/plan.js";
import { type FindingRecord, largestRecords, readRecord, writeRecord } from "../../../src/lab/reproduction/record.js";
import { labsIn, recordedFindings } from "../../../src/lab/reproduction/recorded.js";
import type { StudyScale } from "../../../src/lab/study/scale.js";
import { root } from "../../support/paths.js";
import { tempFolder } from "../../support/temp.js";

const estimate = { value: 0.5, low: 0.25, high: 0.75 };
const record = (lab: string, scale: StudyScale, value = 0.5): Omit<FindingRecord, "format" | "figures"> => ({
  ...{ scale, notebook: "n", parameters: { lab } },
  made: { date: "2026-01-02T00:00:00Z", seconds: 3, neuronbook: "0.1.0", machine: "a machine" },
  report: {
    ...{ id: "E4", title: "A | title", claim: "A claim.", lab, verdict: "holds", settings: { seeds: [0, 1] }, differs: ["It is small."] },
    rows: [
      { what: "both", paper: "> 0.95", here: { ...estimate, value } },
      { what: `only ${lab}`, paper: "–", here: undefined },
    ],
    parts: { part: { verdict: "holds", effect: 0.5, ci: [0.25, 0.75], summary: "0.5 above 0.2: holds" } },
  },
});

test("the page puts the paper's figures beside those of each laboratory, largest size first", () => {
  const results = tempFolder();
  writeRecord(path.join(results, "organism"), record("organism", "quick", 0.1), []);
  writeRecord(path.join(results, "organism"), record("organism", "usual"), [new Uint8Array([1])]);
  writeRecord(path.join(results, "other"), record("other", "quick"), []);
  assert.is(largestRecords(path.join(results, "organism")).get("E4")!.scale, "usual");
  const page = reproductionPage(labsIn(results), path.dirname(results));
  assert.match(page, "| both | > 0.95 | 0.5 (0.25 to 0.75) | 0.5 (0.25 to 0.75) |");
  assert.match(page, "| only organism | – | no estimate | – |");
  assert.match(page, "| [E4](#e4) | A \\| title | holds | holds |");
  assert.match(page, `![E4 on organism](${path.basename(results)}/organism/findings/usual/E4-1.png)`);
  for (const part of ["0.5 above 0.2: holds", "differs: It is small.", "seeds 0,1"]) assert.ok(page.includes(part), part);
  assert.equal(recordedFindings(results).objects(), [{ finding: "E4", title: "A | title", organism: "holds", other: "holds" }]);
});

test("docs/reproduction.md is what the records of this package give", () => {
  const page = reproductionPage(labsIn(path.join(root, "data", "results")), path.join(root, "docs"));
  assert.is(fs.readFileSync(path.join(root, "docs", "reproduction.md"), "utf8"), page);
  const { report } = readRecord(path.join(root, "data", "results", "organism"), "usual", "E1")!;
  assert.is(report.verdict, "holds");
});

test("a damaged record is refused by name, a folder that is not there says how it is made", () => {
  const results = tempFolder();
  writeRecord(path.join(results, "organism"), record("organism", "usual"), []);
  const file = path.join(results, "organism", "findings", "usual", "E4.json");
  fs.writeFileSync(file, "{}");
  assert.throws(
    () => recordedFindings(results),
    (error: Error) => error instanceof FileFormatError && error.message.includes(file),
  );
  assert.throws(
    () => recordedFindings(path.join(results, "none")),
    (error: Error) => error instanceof NotFoundError && /reproduce/.test(error.message),
  );
});

test("a real model gets fewer seeds where the claim is not about them, the organism and the full size do not", () => {
  for (const id of FINDINGS) {
    assert.equal(parametersOf(id, "organism", "quick", "r"), { lab: "organism", results: "r", size: "quick" });
    assert.equal(parametersOf(id, "smollm2", "full", "r"), { lab: "smollm2", results: "r", size: "full" });
  }
  assert.is(parametersOf("E15", "smollm2", "usual", "r").mostSeeds, 1);
  assert.not.ok("mostSeeds" in parametersOf("E4", "smollm2", "quick", "r"));
});

test.run();
