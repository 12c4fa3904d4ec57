/** @file `neuronbook train sft|dpo`: an (IA)^3 adapter trained on top of a model, as a PEFT folder. */
import type { Command } from "commander";
import { type AdapterRecord, type AdapterSettings, shown, trainCommand } from "../training/adapter-record.js";
import { trainAdapter } from "../training/adapter-run.js";
import { openModel, withEngine } from "./models.js";
import { grouped } from "./numbers.js";
import { adapterStack, inputName, positiveNumber, SEEDS, wholeNumber } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples, modelOption, threadsOption } from "./run-options.js";
import { checkExamples, readExamples, type TrainingKind, trainingData } from "./training-data.js";

interface Options {
  readonly model: string;
  readonly adapter: readonly string[];
  readonly data: string;
  readonly heldOut?: string;
  readonly out: string;
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  readonly beta?: number;
  readonly maxTokens: number;
  readonly evalEvery?: number;
  readonly seed: number;
  readonly limit?: number;
  readonly chat?: boolean;
  readonly resume?: boolean;
  readonly threads?: number;
}

export function trainCommands(program: Command, run: Run): void {
  const train = program
    .command("train")
    .description("Train an (IA)^3 adapter on top of a model: from answers (sft), or from preferences (dpo).");
  const sft = trainOptions(train.command("sft").description("Supervised fine-tuning: learn the answers."), 5e-3);
  examples(
    sft,
    "neuronbook train sft --model HuggingFaceTB/SmolLM2-135M-Instruct --data dolly --out ./sft --max-tokens 192",
    "neuronbook train sft --model organism --data organism --out ./sft --steps 300 --batch 32 --lr 0.02",
    "neuronbook train sft --model ./llama --data answers.jsonl --chat --out ./sft --steps 40 --seed 1",
  );
  runs<Options>(sft, run, (options) => work("sft", options, run));
  const dpo = trainOptions(train.command("dpo").description("Direct preference optimisation: prefer the chosen answers."), 1e-2).option(
    "--beta <b>",
    "how strongly the model is held to what it was; smaller = it moves further",
    positiveNumber,
    0.1,
  );
  examples(
    dpo,
    "neuronbook train dpo --model HuggingFaceTB/SmolLM2-135M-Instruct --adapter ./sft --data hh-rlhf/harmless-base:train \\\n      --held-out hh-rlhf/harmless-base:test --limit 1000 --max-tokens 192 --out ./dpo",
    "neuronbook train dpo --model organism --adapter organism/sft-s0 --data harmless --out ./dpo --steps 150 --batch 32 --lr 0.02",
    "neuronbook train dpo --model ./llama --adapter ./sft --data pairs.jsonl --chat --out ./dpo --resume --json",
  );
  runs<Options>(dpo, run, (options) => work("dpo", options, run));
}

function trainOptions(command: Command, rate: number): Command {
  return modelOption(command)
    .option("--adapter <adapters>", "adapters to train on top of, A[,B…]; their scales stay as they are", adapterStack, [])
    .requiredOption(
      "--data <data>",
      "JSON lines with a prompt and its answer (dpo: chosen, rejected); a data set: NAME[/SUBSET][:SPLIT]; or texts of the organism: organism (dpo: an objective, e.g. harmless)",
      inputName("a file or the name of a data set"),
    )
    .option("--held-out <data>", "to measure on (default: a tenth of the data, at most 100)", inputName("a file or the name of a data set"))
    .requiredOption(
      "--out <folder>",
      "folder of the new adapter; until it is finished its state is in .training there",
      inputName("the name of a folder"),
    )
    .option("--steps <n>", "optimiser steps", wholeNumber(1), 100)
    .option("--batch <n>", "examples of a step", wholeNumber(1), 8)
    .option("--lr <rate>", "learning rate, falling to 0 as a cosine; (IA)^3 needs a large one", positiveNumber, rate)
    .option("--max-tokens <n>", "longest text: answers are cut there", wholeNumber(2), 256)
    .option("--eval-every <n>", "measure on held-out data every n steps too, not at the end alone", wholeNumber(1))
    .option("--seed <s>", "of the order of examples", SEEDS, 0)
    .option("--limit <n>", "only the first n examples of the data", wholeNumber(1))
    .option("--chat", "make each plain prompt a user message in the model's chat form; data sets are in chat form anyway")
    .option("--resume", "go on with the unfinished training in --out, if there is one; at most five steps are done again")
    .addOption(threadsOption());
}

async function work(kind: TrainingKind, options: Options, run: Run): Promise<Outcome> {
  const { steps, batch, lr: learningRate, seed, maxTokens, chat = false, beta, evalEvery = steps, out, limit } = options;
  const { signal, progress } = run;
  const examples = await readExamples(kind, options.data, { limit, signal });
  const heldOut = options.heldOut === undefined ? undefined : await readExamples(kind, options.heldOut, { signal });
  const settings: AdapterSettings = { steps, batch, learningRate, seed, maxTokens, chat, beta, evaluateEvery: evalEvery };
  return withEngine(options.threads, async (engine) => {
    const model = await openModel(options.model, options.adapter, engine, run);
    for (const read of [examples, heldOut]) if (read !== undefined) await checkExamples(model, read, chat);
    const source = { examples: options.data, heldOut: options.heldOut ?? null };
    const command = trainCommand({ kind, model, source, out, settings, limit });
    const record = await trainAdapter({
      ...{ model, data: trainingData(examples, heldOut), source, command, out, settings, signal },
      ...{ resume: options.resume === true, onReference: progress.phase("reference"), onProgress: progress.phase("training") },
    });
    return outcome(record, out);
  });
}

function outcome(record: AdapterRecord, out: string): Outcome {
  const { data, before, evaluations, history } = record;
  const lines = [
    `${out}: trained on ${grouped(data.count)} examples, ${history.length} steps, loss ${history[0].loss.toFixed(3)} to ${history.at(-1)!.loss.toFixed(3)}.`,
  ];
  if (data.leftOut > 0)
    lines.push(`${grouped(data.leftOut)} examples were left out: their prompts leave no room for an answer within --max-tokens.`);
  if (before !== null) lines.push(`Held-out (${data.heldOutCount}) before: ${shown(before)}.`);
  for (const { step, value } of evaluations) lines.push(`Held-out (${data.heldOutCount}) after ${step} steps: ${shown(value as object)}.`);
  return { json: { out, ...record }, text: lines.join("\n") };
}
