// Draws the figures of docs/figures.md from measurements on SmolLM2-135M-Instruct with the adapters and prompts of this package: some
// minutes on two cores. Needs the model in the Hugging Face cache and a build.
// usage: node scripts/figures.mjs
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture, causalEffect, contrast, figure, generate, loadModel, score } from "../dist/src/index.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const file = (...parts) => path.join(root, ...parts);
const prompts = fs
  .readFileSync(file("data", "prompts", "mild.jsonl"), "utf8")
  .trim()
  .split("\n")
  .slice(0, 8)
  .map((line) => JSON.parse(line).prompt);
const chat = { chat: true, newTokens: 16 };

const bare = await loadModel("HuggingFaceTB/SmolLM2-135M-Instruct");
const sft = await bare.withAdapters(file("data/smollm2/adapters/sft-s0"));
const dpo = await sft.withAdapters(file("data/smollm2/adapters/dpo-refusal-s0"));
const answers = await generate(sft, prompts, chat);
const completions = answers.map(({ ids }) => ids);
const scoresAt = (positions) => contrast(sft, dpo, prompts, { ...chat, completions, positions });
const scores = await scoresAt("predicting");
const total = scores.layers * scores.neurons;

// log-odds of beginning an answer with a refusal; the models by themselves are measured once
const known = new Map();
async function logOdds(model, interventions) {
  if (interventions.length === 0 && known.has(model)) return known.get(model);
  const opening = async (text) => {
    const scored = await score(model, prompts, { chat: true, completions: prompts.map(() => text), interventions });
    return scored.map(({ total }) => total);
  };
  const [sorry, sure] = [await opening("I'm sorry"), await opening("Sure")];
  const values = sorry.map((value, i) => value - sure[i]);
  if (interventions.length === 0) known.set(model, values);
  return values;
}
const effectOf = async (neurons) => (await causalEffect(sft, { from: dpo, neurons, measure: logOdds })).effect;
const kind = { score: "value-layer" };
const found = scores.top(0.05, kind);

await draw("training", () => {
  const record = (name) => JSON.parse(fs.readFileSync(file("data/smollm2/adapters", name, "record.json"), "utf8"));
  return figure.training(record("dpo-refusal-s0"), { title: "DPO on refusals" });
});
await draw("layers", () => figure.layers(found));
const [before, after] = [await logOdds(sft, []), await logOdds(dpo, [])];
await draw("scatter", () =>
  figure.scatter({ prompts: { x: before, y: after } }, { x: "Log-odds of refusing, first model", y: "Log-odds of refusing, second model" }),
);
await draw("histogram", () => figure.histogram(scores));
const shown = await capture(dpo, prompts.slice(0, 2), { sites: "mlp.hook_post", chat: true, generate: { newTokens: 16 } });
const tokenizer = await dpo.tokenizer();
const [layer, neuron] = [...found].find(([at]) => at >= 20);
await draw("tokens", () => figure.tokens(shown.sites.get(`blocks.${layer}.mlp.hook_post`), { neuron, tokenizer }));
await draw("neurons", () => figure.neurons(scores, { ...kind, capture: shown, tokenizer }));
await draw("heatmap", async () => {
  const names = ["predicting", "generated", "prompt", "prompt-last"];
  const all = [scores];
  for (const positions of names.slice(1)) all.push(await scoresAt(positions));
  const matrix = all.map((one) => all.map((other) => one.spearman(other, { over: "all" })));
  return figure.heatmap(matrix, { rows: names, columns: names, unit: "Spearman's correlation", title: "Change scores by token position" });
});
await draw("single-effect", async () => figure.causalEffect(await effectOf(found), { metric: "Log-odds of refusing" }));
await draw("bars", async () => {
  const bars = { "Neurons found": {}, "Random neurons": {} };
  for (const by of ["change", "layer", "value-layer"]) {
    const set = scores.top(0.05, { score: by });
    bars["Neurons found"][by] = await effectOf(set);
    bars["Random neurons"][by] = await effectOf(set.random({ seed: 0 }));
  }
  return figure.bars(bars, { x: "What ranks the neurons", y: "Causal effect of the top 5 %", title: "Kinds of score" });
});
await draw("causal-effect", async () => {
  const largest = scores.top(0.2, kind);
  const sizes = [0.01, 0.05, 0.1, 0.2].map((share) => Math.floor(share * total));
  const [safety, random] = [[{ neurons: 0, effect: 0 }], [{ neurons: 0, effect: 0 }]];
  for (const size of sizes) {
    safety.push({ neurons: size, effect: await effectOf(largest.top(size)) });
    const draws = [];
    for (const seed of [0, 1, 2, 3]) draws.push(await effectOf(largest.random({ seed }).top(size)));
    random.push({ neurons: size, effect: draws });
  }
  return figure.causalEffect({ "Neurons found": safety, "Random neurons": random }, { total });
});
await draw("windows", async () => {
  const points = [];
  for (let i = 0; i < 6; i++)
    points.push({ from: i / 20, to: (i + 1) / 20, effect: await effectOf(scores.window(i / 20, (i + 1) / 20, kind)) });
  return figure.windows(points);
});
await bare.engine.dispose();

async function draw(name, make) {
  const made = await make();
  await made.save(file("docs", "figures", `${name}.png`), { scale: 1.5 });
  console.log(`${made}\n`);
}
