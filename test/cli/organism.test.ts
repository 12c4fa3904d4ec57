import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cli } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

const short = ["--steps", "3", "--batch", "4", "--limit", "40", "--threads", "2"];

test("train knows the shipped organism, its adapters and its data by name", async () => {
  const [sft, dpo] = [path.join(tempFolder(), "sft"), path.join(tempFolder(), "dpo")];
  const first = await cli(["train", "sft", "--model", "organism", "--data", "organism", "--out", sft, ...short]);
  assert.is(first.code, 0, first.stderr);
  const pairs = ["--data", "harmless", "--held-out", "harmless:held-out"];
  const second = await cli([
    "train",
    "dpo",
    "--model",
    "organism",
    "--adapter",
    "organism/sft-s0",
    ...pairs,
    "--out",
    dpo,
    ...short,
    "--json",
  ]);
  assert.is(second.code, 0, second.stderr);
  const { data, history } = JSON.parse(second.stdout);
  assert.equal([data.count, history.length], [40, 3]);
});

test("an adapter that the organism does not have is looked for elsewhere, and the message names it", async () => {
  const out = path.join(tempFolder(), "dpo");
  const { code, stderr } = await cli(
    ["train", "dpo", "--model", "organism", "--adapter", "organism/sft-s9", "--data", "harmless", "--out", out, ...short],
    { env: { HF_HUB_OFFLINE: "1" } },
  );
  assert.ok(code !== 0);
  assert.match(stderr, /organism\/sft-s9/);
});

test("check: the shipped organism clears every bar on fresh prompts", async () => {
  const { code, stdout, stderr } = await cli(["organism", "check", "--prompts", "100", "--json"]);
  const { bars } = JSON.parse(stdout) as { bars: { figure: string; holds: boolean }[] };
  assert.equal(
    bars.filter(({ holds }) => !holds),
    [],
  );
  assert.ok(bars.length > 30);
  assert.is(code, 0, stderr);
});

test.run();
