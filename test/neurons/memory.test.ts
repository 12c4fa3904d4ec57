import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../support/paths.js";

/** Runs a script and reads the JSON it prints. V8's nursery, which grows in steps of megabytes as garbage passes through it, stays small. */
function run<T>(script: string, ...words: (string | number)[]): T {
  const file = path.join(root, "dist", "test", "support", script);
  const settings = ["--expose-gc", "--max-semi-space-size=1"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...settings, file, ...words.map(String)], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** Peak resident kilobytes of a contrast. */
function peak(texts: number, promptTokens: number, newTokens: number, way: "given" | "written"): number {
  const facts = run<{ positions: number; kilobytes: number }>("contrast-memory.js", texts, promptTokens, newTokens, way);
  assert.is(facts.positions, texts * newTokens);
  return facts.kilobytes;
}

test("contrast over 50,000 positions peaks within 5 % of 1,000 positions", () => {
  const [few, many] = [peak(4, 6, 250, "given"), peak(200, 6, 250, "given")];
  assert.ok(many <= 1.05 * few, `${few} kB for 1,000 positions, ${many} kB for 50,000`);
});

test("with the texts written first it peaks within 10 %, their tokens and what V8 has not collected included", () => {
  const [few, many] = [peak(8, 8, 125, "written"), peak(400, 8, 125, "written")];
  assert.ok(many <= 1.1 * few, `${few} kB for 1,000 positions, ${many} kB for 50,000`);
});

test("200 repeated runs leave the resident size flat", () => {
  const { resident, sessions } = run<{ resident: Record<number, number>; sessions: number }>("repeated-runs.js");
  const grown = (resident[200]! - resident[50]!) / 2 ** 20;
  assert.is(sessions, 3);
  assert.ok(grown < 8, `${grown.toFixed(1)} MiB more after run 200 than after run 50`);
});

test.run();
