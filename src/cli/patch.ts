/** @file `neuronbook patch`: the first model's answers with neurons of the second patched in while it writes. */
import { type Command, Option } from "commander";
import { type Generation, generate } from "../engine/generate.js";
import type { Model } from "../engine/model.js";
import { FileFormatError } from "../errors.js";
import { patch } from "../neurons/interventions.js";
import { NeuronSet } from "../neurons/neuron-set.js";
import { runOrigin } from "../neurons/run-origin.js";
import { type AnswerSets, compareAnswers, comparisonTable } from "./answer-comparison.js";
import { openPair, type PairOptions, withEngine } from "./models.js";
import { grouped } from "./numbers.js";
import { inputName, SEEDS } from "./option-values.js";
import { blamingLines, type FilePrompt, readPrompts } from "./prompts-file.js";
import { type Outcome, type Run, runs, watched } from "./run.js";
import { examples, type PromptOptions, pairOptions, promptOptions } from "./run-options.js";

interface Options extends PairOptions, PromptOptions {
  readonly neurons: string;
  readonly control?: "random";
  readonly seed: number;
  readonly showText?: boolean;
}

export function patchCommand(program: Command, run: Run): void {
  const command = pairOptions(
    program.command("patch").description("Let the first model answer with neurons of the second patched in at every token."),
  ).requiredOption(
    "--neurons <file>",
    "neurons to patch, as `neuronbook find --neurons` writes them",
    inputName("the name of a file with neurons"),
  );
  promptOptions(command)
    .addOption(new Option("--control <kind>", "also patch as many random neurons of the same layers").choices(["random"]))
    .option("--seed <s>", "of the random neurons", SEEDS, 0)
    .option("--show-text", "print the answers too; without it only numbers are printed, as answers may be harmful");
  examples(
    command,
    "neuronbook patch --model HuggingFaceTB/SmolLM2-135M-Instruct --first ./sft --second ./sft,./dpo --neurons n.json --prompts prompts.jsonl --chat",
    "neuronbook patch --model ./llama --first '' --second ./dpo --neurons n.json --prompts p.jsonl --control random --seed 1 --json",
  );
  runs<Options>(command, run, work);
}

async function work(options: Options, _args: readonly string[], run: Run): Promise<Outcome> {
  const { prompts: file, chat = false, limit, newTokens, control, seed } = options;
  const set = NeuronSet.load(options.neurons);
  const prompts = await readPrompts(file, limit, run.signal);
  return withEngine(options.threads, async (engine) => {
    const [first, second] = await openPair(options, engine, run);
    checkSet(set, first, options.neurons);
    const random = control === "random" ? set.random({ seed }) : undefined;
    const write = (label: string, model: Model, neurons?: NeuronSet) =>
      generate(
        model,
        prompts.map(({ prompt }) => prompt),
        { ...watched(run, label, options.batch), chat, newTokens, interventions: neurons && [patch(neurons, second)] },
      );
    const answers: AnswerSets = await blamingLines(file, prompts, async () => ({
      first: await write("first model", first),
      second: await write("second model", second),
      patched: await write("patched", first, set),
      ...(random && { random: await write("random neurons patched", first, random) }),
    }));
    const read = answers.first.map(({ promptIds }) => ({ ids: Int32Array.from(promptIds), promptLength: promptIds.length }));
    const settings = { chat, newTokens, control: control ?? null, seed, batch: options.batch };
    const origin = { ...(await runOrigin([first, second], read, settings)), neurons: set.origin ?? null };
    const shortfall = random?.shortfall ?? [];
    return outcome(prompts, answers, { count: set.count, shortfall, origin, showText: options.showText === true });
  });
}

function checkSet(set: NeuronSet, { config, name }: Model, file: string): void {
  if (set.layers !== config.layers || set.neurons !== config.neurons)
    throw new FileFormatError(
      file,
      `neurons of a model with ${set.layers} layers of ${set.neurons} (${set.model}); ${name} has ${config.layers} of ${config.neurons}`,
    );
  if (set.count === 0) throw new FileFormatError(file, "no neurons in it, so there is nothing to patch");
}

interface Notes {
  readonly count: number;
  /** layers whose random neurons are partly the selected ones */
  readonly shortfall: readonly number[];
  readonly origin: object;
  readonly showText: boolean;
}

function outcome(prompts: readonly FilePrompt[], answers: AnswerSets, { count, shortfall, origin, showText }: Notes): Outcome {
  const kinds = (["first", "second", "patched", "random"] as const).filter((kind) => answers[kind] !== undefined);
  const answer = ({ ids, text }: Generation) => ({ ids, text });
  const rows = prompts.map(({ shown }, i) => ({
    prompt: shown,
    promptIds: answers.first[i].promptIds,
    ...Object.fromEntries(kinds.map((kind) => [kind, answer(answers[kind]![i])])),
  }));
  const comparison = compareAnswers(answers);
  const lines = [
    `${grouped(count)} neurons patched from the second model into the first, ${grouped(prompts.length)} prompts.`,
    "",
    comparisonTable(comparison),
  ];
  if (shortfall.length > 0)
    lines.push(`Layers ${shortfall.join(", ")} have too few other neurons: their random ones include some of those selected.`);
  if (showText)
    for (const [i, { shown }] of prompts.entries()) {
      lines.push("", `> ${shown || `[${answers.first[i].promptIds.join(" ")}]`}`);
      for (const kind of kinds) lines.push(`${kind}: ${answers[kind]![i].text || `[${answers[kind]![i].ids.join(" ")}]`}`);
    }
  else lines.push("", "Answers are not shown; --show-text prints them, --json includes them.");
  return { json: { rows, summary: comparison, count, shortfall, origin }, text: lines.join("\n") };
}
