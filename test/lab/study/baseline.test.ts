import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { OptionError } from "../../../src/errors.js";
import { openStudy } from "../../../src/lab/study/open-study.js";
import { snTuneScores, wandaScores } from "../../../src/neurons/baselines/activation-scores.js";
import { tempFolder } from "../../support/temp.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const results = tempFolder();
const open = () => openStudy("organism", { engine, results, findingPrompts: 6 });
test.after(() => engine.dispose());

test("baselines rank the recipient's neurons on the first finding set, and are kept as they are", async () => {
  const study = await open();
  const sft = study.sft();
  const prompts = await study.prompts(study.findingSets[0]!.name);
  assert.is(prompts.length, 6);
  for (const [kind, scoresOf] of [["pruning", wandaScores] as const, ["sn-tune", snTuneScores] as const]) {
    const direct = await scoresOf(sft, prompts);
    const kept = await study.baseline(kind, sft);
    assert.equal(kept.values, direct.values, kind);
    assert.equal([...kept.top(50)], [...direct.top(50)]);
    assert.equal([kept.score, kept.positions, kept.count], [direct.score, "prompt", direct.count]);
    const again = await (await open()).baseline(kind, sft);
    // where models lie is not kept
    assert.equal({ ...again, origin: null }, { ...kept, origin: null });
  }
  assert.is(fs.readdirSync(path.join(results, "baselines")).length, 2);
  await study.baseline("pruning", study.base);
  assert.is(fs.readdirSync(path.join(results, "baselines")).length, 3);
});

test("an unknown baseline and an unknown set are refused", async () => {
  const study = await open();
  for (const call of [() => study.baseline("wanda" as never, study.base), () => study.baseline("pruning", study.base, { on: "none" })]) {
    const error = await call().catch((reason: unknown) => reason);
    assert.instance(error, OptionError);
  }
});

test.run();
