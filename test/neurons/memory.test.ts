import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { patch } from "../../src/neurons/interventions.js";
import { root } from "../support/paths.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

/** Peak resident kilobytes of a process that contrasts `texts` texts; V8's nursery, which grows with garbage, is kept small in both. */
function peak(texts: number, promptTokens: number, newTokens: number, way: "given" | "written"): number {
  const script = path.join(root, "dist", "test", "support", "contrast-memory.js");
  const words = [texts, promptTokens, newTokens].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--max-semi-space-size=1", script, ...words, way], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const { positions, kilobytes } = JSON.parse(stdout) as { positions: number; kilobytes: number };
  assert.is(positions, texts * newTokens);
  return kilobytes;
}

test("contrast over 50,000 positions peaks within 5 % of 1,000 positions", () => {
  const [few, many] = [peak(4, 6, 250, "given"), peak(200, 6, 250, "given")];
  assert.ok(many <= 1.05 * few, `${few} kB for 1,000 positions, ${many} kB for 50,000`);
});

test("with the texts written first it peaks within 10 %, their tokens and what V8 has not collected included", () => {
  const [few, many] = [peak(8, 8, 125, "written"), peak(400, 8, 125, "written")];
  assert.ok(many <= 1.1 * few, `${few} kB for 1,000 positions, ${many} kB for 50,000`);
});

test("200 repeated runs leave the resident size flat", async () => {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (!collect) throw new Error("run with --expose-gc");
  const engine = new Engine({ threads: 2, provider: "cpu" });
  const first = await loadTiny(engine, "gqa", "ia3-a");
  const second = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
  const prompts = randomPrompts(91, 6, 3, 12);
  const interventions = [patch("mlp.hook_post", second)];
  let before = 0;
  for (let run = 1; run <= 200; run++) {
    await generate(first, prompts, { newTokens: 10, stopTokens: [], interventions });
    await contrast(first, second, prompts, { newTokens: 6, stopTokens: [] });
    await capture(first, prompts, { sites: ["mlp.hook_post", "resid_post"] });
    if (run % 50 === 0) collect();
    if (run === 50) before = process.memoryUsage().rss;
  }
  const grown = process.memoryUsage().rss - before;
  assert.is(engine.sessionCount, 3);
  await engine.dispose();
  assert.ok(grown < 10 * 2 ** 20, `${(grown / 2 ** 20).toFixed(1)} MiB more after run 200 than after run 50`);
});

test.run();
