/** Prints how much memory of its own (not of mapped files) a process gains by loading a checkpoint and running it once. */
import fs from "node:fs";
import { Engine, generate, loadModel, stats } from "../../src/index.js";

const [folder, way] = process.argv.slice(2);
const kilobytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(fs.readFileSync("/proc/self/status", "utf8"))![1]);

const engine = new Engine({ threads: 1, provider: "cpu" });
await engine.probe("cpu");
globalThis.gc?.();
const before = kilobytes("RssAnon");
const model = await loadModel(folder!, { engine });
const prompts = [[1, 2, 3, 4, 5, 6, 7, 8]];
if (way === "stats") await stats(model, prompts);
else await generate(model, prompts, { newTokens: 4, stopTokens: [] });
process.stdout.write(JSON.stringify({ owned: 1024 * (kilobytes("RssAnon") - before) }));
await engine.dispose();
