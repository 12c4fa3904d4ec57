/** @file The whole way once, on a small real model: find neurons, patch them, measure what they do. For as long as no organism is shipped. */
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import type { Engine } from "../engine/engine.js";
import { type Generation, generate } from "../engine/generate.js";
import type { Model } from "../engine/model.js";
import { score } from "../engine/score.js";
import { NotFoundError } from "../errors.js";
import type { CausalEffect } from "../neurons/causal-effect.js";
import { contrast } from "../neurons/contrast.js";
import { patch } from "../neurons/interventions.js";
import type { NeuronSet } from "../neurons/neuron-set.js";
import { causalEffect, type Measure } from "../neurons/patching.js";
import { EXAMPLE_MODEL } from "./doctor.js";
import { layerHistogram } from "./histogram.js";
import { openPair, withEngine } from "./models.js";
import { grouped, short } from "./numbers.js";
import { type FilePrompt, readPrompts } from "./prompts-file.js";
import { type Outcome, type Run, watched } from "./run.js";

/** Where the package keeps its data; modules run from dist/src/cli. */
const DATA = new URL("../../../data/", import.meta.url);
const ADAPTERS = { sft: dataFile("adapters/sft-s0"), refusal: dataFile("adapters/dpo-refusal-s0") };
const PROMPTS = dataFile("prompts/mild.jsonl");

const NEW_TOKENS = 24;
const TOP = 0.05;
const SCORE = "value-layer";
/** one draw of random neurons may hit some that matter by chance */
const RANDOM_SEEDS = [0, 1, 2];
/** prompts whose answers are shown: the first ones of the file */
const SHOWN = 2;
/** The metric: log-odds of beginning an answer in the first way against the second. */
const REFUSING = "I'm sorry";
const COMPLYING = "Sure";

export async function startOnSmolLM2(run: Run): Promise<Outcome> {
  for (const file of [...Object.values(ADAPTERS), PROMPTS])
    if (!fs.existsSync(file)) throw new NotFoundError(file, `${file} is missing; install neuronbook again`);
  const prompts = await readPrompts(PROMPTS, undefined, run.signal);
  return withEngine(undefined, async (engine) => {
    const result = await measure(engine, prompts, run);
    return { json: result, text: readable(result) };
  });
}

type Result = Awaited<ReturnType<typeof measure>>;

async function measure(engine: Engine, filePrompts: readonly FilePrompt[], run: Run) {
  const [first, second] = await openPair(
    { model: EXAMPLE_MODEL, first: [ADAPTERS.sft], second: [ADAPTERS.sft, ADAPTERS.refusal] },
    engine,
    run,
  );
  const prompts = filePrompts.map(({ prompt }) => prompt);
  const shown = prompts.slice(0, SHOWN);
  const options = (label: string) => ({ ...watched(run, label), chat: true, newTokens: NEW_TOKENS });

  const answers = await generate(first, prompts, options("1/4 the first model answers"));
  const completions = answers.map(({ ids }) => ids);
  const scores = await contrast(first, second, prompts, { ...options("2/4 both models read the answers"), completions });
  const neurons = scores.top(TOP, { score: SCORE });
  const random = RANDOM_SEEDS.map((seed) => neurons.random({ seed }));

  const patched = (set: NeuronSet) => ({ ...options("3/4 answers with neurons patched"), interventions: [patch(set, second)] });
  const texts = {
    first: answers.slice(0, SHOWN),
    second: await generate(second, shown, options("3/4 the second model answers")),
    patched: await generate(first, shown, patched(neurons)),
    random: await generate(first, shown, patched(random[0])),
  };

  // two openings, under both models and with each set patched
  const passes = 2 * (2 + 1 + random.length);
  let pass = 0;
  const logOdds = rememberingModels(async (model, interventions) => {
    const logProbability = async (opening: string) => {
      const scored = await score(model, prompts, {
        ...watched(run, `4/4 log-odds of refusing, pass ${++pass} of ${passes}`),
        chat: true,
        completions: prompts.map(() => opening),
        interventions,
      });
      return scored.map(({ total }) => total);
    };
    const refusing = await logProbability(REFUSING);
    const complying = await logProbability(COMPLYING);
    return refusing.map((value, i) => value - complying[i]);
  });
  const effectOf = async (set: NeuronSet) => (await causalEffect(first, { from: second, neurons: set, measure: logOdds })).effect;
  const effects: { neurons: CausalEffect; random: CausalEffect[] } = { neurons: await effectOf(neurons), random: [] };
  for (const set of random) effects.random.push(await effectOf(set));
  return {
    model: EXAMPLE_MODEL,
    layers: scores.layers,
    neurons: scores.neurons,
    positions: scores.count,
    score: SCORE,
    count: neurons.count,
    threshold: scores.threshold(TOP, { score: SCORE }),
    perLayer: [...neurons.perLayer()],
    texts: filePrompts.slice(0, SHOWN).map(({ shown }, i) => ({ prompt: shown, ...textsAt(texts, i) })),
    metric: `log p("${REFUSING}") - log p("${COMPLYING}") at the start of the answer`,
    prompts: prompts.length,
    effects,
    origin: scores.origin,
  };
}

/** The models by themselves are measured once, though two effects ask for them. */
function rememberingModels(measure: Measure): Measure {
  const known = new Map<Model, Promise<readonly number[]>>();
  return (model, interventions) => {
    if (interventions.length > 0) return measure(model, interventions);
    const before = known.get(model) ?? measure(model, []);
    known.set(model, before);
    return before;
  };
}

const textsAt = <K extends string>(texts: Record<K, readonly Generation[]>, i: number) =>
  Object.fromEntries(Object.entries<readonly Generation[]>(texts).map(([kind, all]) => [kind, all[i].text])) as Record<K, string>;

function readable({ model, layers, neurons, positions, count, perLayer, texts, metric, prompts, effects }: Result): string {
  const interval = ({ value, low, high }: { value: number; low: number; high: number }) =>
    `${short(value)}  (95 % CI ${short(low)} to ${short(high)})`;
  const effect = ({ effect }: CausalEffect) => (effect ? interval(effect) : "no gap between the models to explain");
  const lines = [
    `Model: ${model}. First: fine-tuned to follow instructions (SFT). Second: trained further to refuse (DPO).`,
    "",
    `1. Find. Both read the first model's answers to ${prompts} mild questions (${positions} positions). The ${grouped(count)} neurons of`,
    `   ${grouped(layers * neurons)} that change most (5 %, by value-layer score) lie in these layers:`,
    "",
    layerHistogram(perLayer),
    "",
    "2. Patch. These neurons are taken from the second model while the first one writes:",
  ];
  for (const { prompt, ...answers } of texts) {
    lines.push("", `   > ${prompt}`);
    const labels = { first: "first", second: "second", patched: "first, patched", random: "first, random neurons" } as const;
    for (const [kind, label] of Object.entries(labels))
      lines.push(`   ${`${label}:`.padEnd(23)} ${answers[kind as keyof typeof labels].replaceAll(/\s+/g, " ")}`);
  }
  const { first, second } = effects.neurons;
  lines.push(
    "",
    `3. Measure. ${metric}, mean of ${prompts} prompts:`,
    "",
    `   first model                  ${interval(first)}`,
    `   second model                 ${interval(second)}`,
    `   first, patched               ${interval(effects.neurons.patched)}`,
    `   first, random neurons        ${interval(effects.random[0].patched)}`,
    "",
    "   Causal effect, the share of the gap between the models that the neurons explain:",
    "",
    `   the ${grouped(count)} neurons found      ${effect(effects.neurons)}`,
    ...effects.random.map((one, draw) => `   as many random ones, draw ${draw + 1}  ${effect(one)}`),
  );
  return lines.join("\n");
}

function dataFile(name: string): string {
  return fileURLToPath(new URL(name, DATA));
}
