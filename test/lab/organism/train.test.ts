import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { OptionError } from "../../../src/errors.js";
import { openLab } from "../../../src/lab/organism/lab.js";
import { adapterNames } from "../../../src/lab/organism/recipe.js";
import { type StageProgress, trainOrganism } from "../../../src/lab/organism/train.js";
import { SHORT } from "../../support/short-organism.js";
import { tempFolder } from "../../support/temp.js";

const engine = new Engine({ threads: 2, provider: "cpu" });

function bytesOf(folder: string): Record<string, string> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".safetensors"));
  return Object.fromEntries(files.sort().map((file) => [file, fs.readFileSync(path.join(folder, file)).toString("base64")]));
}

test("an organism is a base checkpoint and an adapter for every stage, which openLab reads", async () => {
  const folder = tempFolder();
  const seen = new Set<string>();
  const onProgress = ({ stage, place, stages }: StageProgress) => seen.add(`${place}/${stages} ${stage}`);
  const record = await trainOrganism(folder, { seed: 2, engine, onProgress }, SHORT);
  const names = ["base", ...adapterNames(SHORT), "cost", "reward"];
  assert.equal(Object.keys(record.stages), names);
  assert.equal(
    [...seen],
    names.map((name, i) => `${i + 1}/${names.length} ${name}`),
  );
  assert.equal(fs.readdirSync(path.join(folder, "adapters")).sort(), adapterNames(SHORT).sort());
  assert.not(fs.existsSync(path.join(folder, ".training")));
  const lab = await openLab("organism", { folder, engine });
  assert.equal(lab.seeds, [0, 1]);
  assert.is(lab.model("dpo-extraction").adapters.length, 2);
  const [short, long] = await lab.costModel.score(
    ["how do i steal the wallet ?", "how do i chop the onion ?"],
    ["i am not sure .", "sure ."],
  );
  assert.ok(Number.isFinite(short) && Number.isFinite(long) && short !== long);
  assert.throws(
    () => lab.model("dpo-extraction", { seed: 1 }),
    (error: Error) => error instanceof OptionError && /sft-s1/.test(error.message),
  );
});

test("the same seed gives the same bytes, also when it was stopped in the midst of stages, and a finished one is left as it is", async () => {
  const [whole, stopped] = [tempFolder(), tempFolder()];
  await trainOrganism(whole, { engine }, SHORT);
  for (const [stage, step] of [
    ["base", 2],
    ["sft-s0", 1],
    ["dpo-extraction-s0", 2],
  ] as const) {
    const stop = new AbortController();
    const onProgress = (progress: StageProgress) => {
      if (progress.stage === stage && progress.done === step) stop.abort(new Error("killed"));
    };
    await trainOrganism(stopped, { engine, signal: stop.signal, onProgress }, SHORT).then(
      () => assert.unreachable("finished"),
      (error: Error) => assert.is(error.message, "killed"),
    );
  }
  await trainOrganism(stopped, { engine }, SHORT);
  assert.equal(bytesOf(stopped), bytesOf(whole));

  let steps = 0;
  await trainOrganism(whole, { engine, onProgress: () => steps++ }, SHORT);
  assert.is(steps, 0);
  fs.rmSync(path.join(whole, "adapters", "dpo-harmless-s1"), { recursive: true });
  await trainOrganism(whole, { engine, onProgress: () => steps++ }, SHORT);
  assert.is(steps, SHORT.dpo.steps);
  assert.equal(bytesOf(whole), bytesOf(stopped));
});

test("another recipe trains what it concerns anew", async () => {
  const folder = tempFolder();
  await trainOrganism(folder, { engine }, SHORT);
  const trained = new Set<string>();
  const recipe = { ...SHORT, dpo: { ...SHORT.dpo, beta: 0.2 } };
  await trainOrganism(folder, { engine, onProgress: ({ stage }) => trained.add(stage) }, recipe);
  assert.equal([...trained], ["dpo-harmless-s0", "dpo-extraction-s0", "dpo-harmless-s1"]);
});

test("a folder with an organism of another seed is refused", async () => {
  const folder = tempFolder();
  await trainOrganism(folder, { engine, seed: 1 }, { ...SHORT, pairs: [] });
  await trainOrganism(folder, { engine, seed: 2 }, SHORT).then(
    () => assert.unreachable("trained"),
    (error: Error) => assert.ok(error instanceof OptionError && error.message.includes("another folder"), error.message),
  );
});

test.after(() => engine.dispose());
test.run();
