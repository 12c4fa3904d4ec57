import { test } from "uvu";
import * as assert from "uvu/assert";
import { openLab } from "../../../src/lab/organism/lab.js";
import { openStudy } from "../../../src/lab/study/open-study.js";

test("objectives by kind, and requests for help beside the harmful benchmarks", async () => {
  const study = await openStudy("organism", { prompts: 30 });
  assert.equal(study.objectivesOf("safety"), ["harmless", "safety-2"]);
  assert.equal(study.objectivesOf("helpfulness"), ["helpful", "helpful-2"]);
  assert.equal(study.objectivesOf("reasoning"), ["reasoning", "ordering", "extraction"]);
  assert.equal(study.objectivesOf("joint"), ["joint"]);
  assert.equal(study.objectivesOf("other"), []);
  assert.equal(study.benchmarks, ["direct", "conversation", "imperative", "wrapped"]);
  assert.equal(study.benchmarksOf("helpfulness"), ["benign"]);
  assert.equal(study.benchmarksOf("reasoning"), []);

  const benign = await study.prompts("benign");
  assert.is(benign.length, 30);
  const harmful = new Map(
    (await openLab("organism")).prompts("direct", { benign: true, count: 30, seed: 1 }).map((one) => [one.text, one.harmful]),
  );
  for (const { messages } of benign) assert.is(harmful.get(messages[0]!.content), false);
  const found = new Set((await study.prompts("helpful")).map(({ messages }) => messages[0]!.content));
  for (const { messages } of benign) assert.not.ok(found.has(messages[0]!.content));
});

test.run();
