/** Run by neurons/memory.test.ts as a process of its own: generates, contrasts and captures again and again; prints resident bytes. */
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { capture } from "../../src/neurons/capture.js";
import { contrast } from "../../src/neurons/contrast.js";
import { patch } from "../../src/neurons/interventions.js";
import { loadTiny, randomPrompts } from "./tiny.js";

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("run with --expose-gc");
const engine = new Engine({ threads: 2, provider: "cpu" });
const first = await loadTiny(engine, "gqa", "ia3-a");
const second = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
const prompts = randomPrompts(91, 6, 3, 12);
const interventions = [patch("mlp.hook_post", second)];
const resident: Record<number, number> = {};
for (let run = 1; run <= 200; run++) {
  await generate(first, prompts, { newTokens: 10, stopTokens: [], interventions });
  await contrast(first, second, prompts, { newTokens: 6, stopTokens: [] });
  await capture(first, prompts, { sites: ["mlp.hook_post", "resid_post"] });
  if (run !== 50 && run !== 200) continue;
  collect();
  resident[run] = process.memoryUsage().rss;
}
console.log(JSON.stringify({ resident, sessions: engine.sessionCount }));
await engine.dispose();
