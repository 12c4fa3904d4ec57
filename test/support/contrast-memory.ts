/** Run by neurons/memory.test.ts as a process of its own: contrasts the tiny pair and prints positions and peak memory as JSON. */
import { Engine } from "../../src/engine/engine.js";
import { contrast } from "../../src/neurons/contrast.js";
import { loadTiny, randomPrompts } from "./tiny.js";

const [texts, promptTokens, newTokens, way] = process.argv.slice(2) as [string, string, string, "given" | "written"];
const [count, length, added] = [texts, promptTokens, newTokens].map(Number) as [number, number, number];
const engine = new Engine({ threads: 2, provider: "cpu" });
const first = await loadTiny(engine, "gqa", "ia3-a");
const second = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
const prompts = randomPrompts(1, count, length, length);
const completions = way === "given" ? randomPrompts(2, count, added, added) : undefined;
const scores = await contrast(first, second, prompts, {
  newTokens: added,
  stopTokens: [],
  completions,
  batch: way === "written" ? 8 : undefined,
});
await engine.dispose();
console.log(JSON.stringify({ positions: scores.count, kilobytes: process.resourceUsage().maxRSS }));
