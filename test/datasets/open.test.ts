/** Where data sets are found, and which of their records are given. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { splitName, tagsOf } from "../../src/datasets/file-names.js";
import { openDataset } from "../../src/datasets/open.js";
import { NotFoundError, OptionError } from "../../src/errors.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const before = { ...process.env };
test.before.each(() => {
  process.env.HF_HUB_CACHE = tempFolder();
  delete process.env.NEURONBOOK_DATA;
});
test.after(() => {
  process.env = before;
});

async function failure(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

function numbered(count: number): string {
  const file = path.join(tempFolder(), "advbench.jsonl");
  fs.writeFileSync(file, Array.from({ length: count }, (_, i) => `{"prompt":"number ${i}"}\n`).join(""));
  return file;
}

const promptsOf = async (options: Parameters<typeof openDataset>[1]): Promise<string[]> =>
  (await (await openDataset("advbench", options)).toArray()).map(({ prompt }) => prompt);

test("a set that is nowhere: where it was looked for, its repository, its licence, what to do", async () => {
  process.env.NEURONBOOK_DATA = tempFolder();
  const error = await failure(() => openDataset("beavertails"));
  assert.instance(error, NotFoundError);
  for (const part of [
    path.join(process.env.NEURONBOOK_DATA, "beavertails"),
    path.join(process.env.HF_HUB_CACHE!, "datasets--PKU-Alignment--BeaverTails"),
    "hf download PKU-Alignment/BeaverTails --repo-type dataset",
    "CC-BY-NC-4.0",
    "NEURONBOOK_DATA",
    "train|test",
  ])
    assert.ok(error.message.includes(part), part);
});

test("a set without a repository on the hub: its homepage", async () => {
  assert.match((await failure(() => openDataset("gptfuzz"))).message, /github\.com\/sherdencooper\/GPTFuzz/);
});

test("an unknown name: the names that are known", async () => {
  const error = await failure(() => openDataset("no-such-set"));
  assert.instance(error, OptionError);
  assert.match(error.message, /hh-rlhf/);
});

test("NEURONBOOK_DATA is searched below the set's folder, name and repository", async () => {
  for (const folder of ["redteam_prompts", "advbench", "walledai/AdvBench", "walledai--AdvBench"]) {
    const data = tempFolder();
    fs.cpSync(numbered(3), path.join(data, folder, "advbench.jsonl"));
    process.env.NEURONBOOK_DATA = data;
    assert.is((await promptsOf({})).length, 3, folder);
  }
});

test("the Hugging Face cache: the snapshot of main, files as links to blobs", async () => {
  const repo = path.join(process.env.HF_HUB_CACHE!, "datasets--openai--gsm8k");
  const blobs = path.join(repo, "blobs");
  fs.mkdirSync(blobs, { recursive: true });
  for (const [commit, config] of [
    ["1111", "main"],
    ["2222", "socratic"],
  ]) {
    fs.cpSync(fixture("datasets", "gsm8k", config, "test-00000-of-00001.parquet"), path.join(blobs, config));
    fs.mkdirSync(path.join(repo, "snapshots", commit, "main"), { recursive: true });
    fs.symlinkSync(path.join(blobs, config), path.join(repo, "snapshots", commit, "main", "test-00000-of-00001.parquet"));
  }
  assert.instance(await failure(() => openDataset("gsm8k")), NotFoundError, "two snapshots, and no main");
  fs.mkdirSync(path.join(repo, "refs"));
  fs.writeFileSync(path.join(repo, "refs", "main"), "1111");
  assert.is((await (await openDataset("gsm8k")).toArray()).length, 1);
  fs.rmSync(path.join(repo, "snapshots", "1111"), { recursive: true });
  assert.is((await (await openDataset("gsm8k")).toArray()).length, 2, "the only snapshot");
});

test("limit gives the first records, and reads no further", async () => {
  const file = numbered(5);
  fs.appendFileSync(file, "this line is broken\n");
  assert.equal(await promptsOf({ path: file, limit: 2 }), ["number 0", "number 1"]);
});

test("a seeded sample: the same for a seed, another for another, in file order, whole when the set is small", async () => {
  const file = numbered(1000);
  const [a, again, b] = [
    await promptsOf({ path: file, limit: 50, seed: 1 }),
    await promptsOf({ path: file, limit: 50, seed: 1 }),
    await promptsOf({ path: file, limit: 50, seed: 2 }),
  ];
  assert.equal(a, again);
  assert.not.equal(a, b);
  const numbers = a.map((prompt) => Number(prompt.slice(7)));
  assert.equal(
    numbers,
    [...new Set(numbers)].sort((x, y) => x - y),
  );
  assert.ok(numbers.at(-1)! > 500, "reaches into the second half");
  assert.is((await promptsOf({ path: numbered(7), limit: 50, seed: 1 })).length, 7);
});

test("a sample draws each record as often as any other", async () => {
  const file = numbered(10);
  const drawn = new Map<string, number>();
  const seeds = 600;
  for (let seed = 0; seed < seeds; seed++)
    for (const prompt of await promptsOf({ path: file, limit: 3, seed })) drawn.set(prompt, (drawn.get(prompt) ?? 0) + 1);
  // binomial with p = 0.3: four standard deviations
  const spread = 4 * Math.sqrt(seeds * 0.3 * 0.7);
  for (let i = 0; i < 10; i++) assert.ok(Math.abs((drawn.get(`number ${i}`) ?? 0) - seeds * 0.3) < spread, `number ${i}`);
});

test("iterating again gives the same records", async () => {
  const set = await openDataset("advbench", { path: numbered(4) });
  assert.equal(await set.toArray(), await set.toArray());
  assert.is(set.files.length, 1);
});

test("options that make no sense", async () => {
  const path = numbered(4);
  for (const options of [{ limit: 0 }, { limit: 1.5 }, { seed: 1 }, { limit: 2, seed: -1 }, { limit: 2 ** 21, seed: 1 }])
    assert.instance(await failure(() => openDataset("advbench", { path, ...options })), OptionError, JSON.stringify(options));
});

test("a split or subset that is not there: those that are", async () => {
  const hh = fixture("datasets", "hh-rlhf");
  assert.match(
    (await failure(() => openDataset("hh-rlhf", { path: hh, split: "validation" }))).message,
    /split: expected one of test, train/,
  );
  assert.match((await failure(() => openDataset("hh-rlhf", { path: hh, subset: "x" }))).message, /one of harmless-base, helpful-base/);
  const rows = async () => (await openDataset("reward-bench", { path: fixture("datasets", "reward-bench"), subset: "x" })).toArray();
  assert.match((await failure(rows)).message, /subset: expected one of alpacaeval-easy, donotanswer/);
  const none = async () => (await openDataset("advbench", { path: numbered(2), split: "train" })).toArray();
  assert.match((await failure(none)).message, /name no split/);
});

test("subsets that overlap are not mixed", async () => {
  const folder = tempFolder();
  for (const size of ["7", "8"]) fs.cpSync(fixture("datasets", "harmbench"), path.join(folder, size), { recursive: true });
  fs.rmSync(path.join(folder, "7", "harmbench_behaviors_text_all.csv"));
  fs.renameSync(path.join(folder, "8", "harmbench_behaviors_text_all.csv"), path.join(folder, "8", "harmbench_behaviors_text_test.csv"));
  assert.match(
    (await failure(() => openDataset("harmbench", { path: folder }))).message,
    /subset: expected one of test, val: they overlap/,
  );
});

test("a file is read whatever its name, and a row's own split counts", async () => {
  const file = path.join(tempFolder(), "mine.jsonl");
  fs.writeFileSync(file, '{"prompt":"a","split":"val"}\n{"prompt":"b","split":"test"}\n');
  assert.equal(await promptsOf({ path: file, split: "validation" }), ["a"]);
});

test("patterns of file names", () => {
  const names = ["data/{split:dev|val}/{subset}_{split}.csv", { file: "x_*.jsonl", split: "train" }, "{subset:a.b|c}/y.txt"];
  const tags = (file: string) => JSON.parse(JSON.stringify(tagsOf(names, file) ?? null)) as unknown;
  assert.equal(tags("/d/data/val/high_school_val.csv.gz"), { subset: "high_school", split: "validation" });
  assert.is(tags("/d/data/val/high_school_dev.csv"), null);
  assert.equal(tags("C:\\d\\x_1.jsonl"), { split: "train" });
  assert.is(tags("/d/xx_1.jsonl"), null);
  assert.equal(tags("a.b/y.txt"), { subset: "a.b" });
  assert.is(tags("aXb/y.txt"), null);
  assert.is(splitName("valid"), "validation");
});

test.run();
