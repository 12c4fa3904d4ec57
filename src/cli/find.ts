/** @file `neuronbook find`: the neurons that differ most between two models. */
import { type Command, Option } from "commander";
import type { Model } from "../engine/model.js";
import type { Positions } from "../engine/positions.js";
import { OptionError } from "../errors.js";
import type { ChangeScores, ScoreKind } from "../neurons/change-scores.js";
import { contrast } from "../neurons/contrast.js";
import type { NeuronSet } from "../neurons/neuron-set.js";
import { topCount } from "../neurons/rank-range.js";
import { layerHistogram } from "./histogram.js";
import { openPair, type PairOptions, withEngine } from "./models.js";
import { grouped, short } from "./numbers.js";
import { outputFile, positionsValue, topValue, wholeNumber } from "./option-values.js";
import { blamingLines, readPrompts } from "./prompts-file.js";
import { type Outcome, type Run, runs, watched } from "./run.js";
import { examples, type PromptOptions, pairOptions, promptOptions } from "./run-options.js";

interface Options extends PairOptions, PromptOptions {
  readonly positions: Positions;
  readonly excludeLastLayers: number;
  readonly score: ScoreKind;
  readonly top: number;
  readonly scores?: string;
  readonly neurons?: string;
}

export function findCommand(program: Command, run: Run): void {
  const command = pairOptions(
    program.command("find").description("Rank neurons by how much they differ between two models that read the first one's texts."),
  );
  promptOptions(command)
    .option(
      "--positions <where>",
      "tokens to compare at: all, prompt, prompt-last, predicting, generated, or indices",
      positionsValue,
      "predicting",
    )
    .option("--exclude-last-layers <n>", "leave the last n layers out of the ranking", wholeNumber(0), 0)
    .addOption(
      new Option("--score <kind>", "change; layer: by its layer's mean; value-layer: times the value vector's norm, by that layer's mean")
        .choices(["change", "layer", "value-layer"])
        .default("change"),
    )
    .option("--top <p>", "neurons to select: a share below 1, or a number", topValue, 0.05)
    .option("--scores <file>", "write the change scores of all neurons (safetensors)", outputFile)
    .option("--neurons <file>", "write the selected neurons (JSON)", outputFile);
  examples(
    command,
    "neuronbook find --model HuggingFaceTB/SmolLM2-135M-Instruct --first ./sft --second ./sft,./dpo --prompts prompts.jsonl --chat",
    "neuronbook find --model ./base --second-model ./aligned --first '' --second '' --prompts prompts.jsonl --score value-layer --neurons n.json",
    "neuronbook find --model ./llama --first ./sft --second ./sft,./dpo --prompts p.jsonl --top 500 --scores s.safetensors --json",
  );
  runs<Options>(command, run, work);
}

async function work(options: Options, _args: readonly string[], run: Run): Promise<Outcome> {
  const { prompts: file, chat = false, limit, newTokens, positions, excludeLastLayers, score, top } = options;
  const prompts = await readPrompts(file, limit, run.signal);
  return withEngine(options.threads, async (engine) => {
    const [first, second] = await openPair(options, engine, run);
    checkSelection(first, options);
    const common = { ...watched(run, "comparing", options.batch), chat, newTokens, positions, excludeLastLayers };
    const scores = await blamingLines(file, prompts, () =>
      contrast(
        first,
        second,
        prompts.map(({ prompt }) => prompt),
        common,
      ),
    );
    const set = scores.top(top, { score });
    run.signal.throwIfAborted();
    if (options.scores !== undefined) scores.save(options.scores);
    if (options.neurons !== undefined) set.save(options.neurons);
    return outcome(scores, set, options, prompts.length);
  });
}

/** What would else be refused after the run. */
function checkSelection({ config }: Model, { excludeLastLayers, top }: Options): void {
  if (excludeLastLayers >= config.layers)
    throw new OptionError("excludeLastLayers", excludeLastLayers, `less than the model's ${config.layers} layers`);
  topCount(top, (config.layers - excludeLastLayers) * config.neurons);
}

function outcome(scores: ChangeScores, set: NeuronSet, options: Options, prompts: number): Outcome {
  const { score, top } = options;
  const values = scores.scores(score);
  const ranked = [...set].map(([layer, index]) => [layer, index, values[layer * scores.neurons + index]] as const);
  const threshold = scores.threshold(top, { score });
  const perLayer = [...set.perLayer()];
  const { layers, neurons, count: positions, origin } = scores;
  const json = {
    positions,
    layers,
    neurons,
    count: set.count,
    // a share so small that it selects nothing has no threshold
    threshold: Number.isNaN(threshold) ? null : threshold,
    top: ranked,
    score,
    at: scores.positions,
    perLayer,
    excludeLastLayers: scores.excludeLastLayers,
    files: { scores: options.scores ?? null, neurons: options.neurons ?? null },
    origin,
  };
  const lines = [
    `${grouped(set.count)} of ${grouped(layers * neurons)} neurons selected (--top ${top}, score ${score}), in ${perLayer.filter(Boolean).length} of ${layers} layers.`,
    `Compared at ${grouped(positions)} positions (${scores.positions}) of ${grouped(prompts)} prompts.`,
    "",
    layerHistogram(perLayer),
    "",
  ];
  if (set.count > 0) {
    lines.push(`Lowest score selected: ${short(threshold)}. The first ${Math.min(10, set.count)}:`);
    for (const [layer, index, value] of ranked.slice(0, 10)) lines.push(`  layer ${layer}, neuron ${index}: ${short(value)}`);
  }
  if (options.scores !== undefined) lines.push(`Scores of all neurons: ${options.scores}`);
  if (options.neurons !== undefined) lines.push(`Selected neurons: ${options.neurons}`);
  return { json, text: lines.join("\n").trimEnd() };
}
