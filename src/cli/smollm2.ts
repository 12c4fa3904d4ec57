/** @file `neuronbook smollm2 train` and `evaluate`: the adapters of SmolLM2-135M-Instruct that come with the package. */
import fs from "node:fs";
import type { Command } from "commander";
import { evaluateSmolLM2, writeEvaluation } from "../lab/smollm2/evaluation.js";
import { smolLM2Report } from "../lab/smollm2/report.js";
import { stagesOf, trainSmolLM2 } from "../lab/smollm2/train.js";
import { shown } from "../training/adapter-record.js";
import type { DpoFit, SftFit } from "../training/held-out.js";
import { replaceFile } from "../weights/replace-file.js";
import { downloads, withEngine } from "./models.js";
import { inputName, outputFile, seedList } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples, threadsOption } from "./run-options.js";

interface TrainOptions {
  readonly work: string;
  readonly adapters: string;
  readonly seeds: readonly number[];
  readonly threads?: number;
}

interface EvaluateOptions extends TrainOptions {
  readonly cost: string;
  readonly evaluation: string;
  readonly page: string;
}

export function smollm2Command(program: Command, run: Run): void {
  const smollm2 = program
    .command("smollm2")
    .description("SmolLM2-135M-Instruct: make the adapters that come with the package, or evaluate them.");
  const train = common(
    smollm2.command("train").description("Train SFT and DPO adapters; what is finished is kept, and the next call goes on."),
  );
  examples(train, "neuronbook smollm2 train", "neuronbook smollm2 train --seeds 3 --adapters ./adapters --work ./work");
  runs<TrainOptions>(train, run, trainWork);
  const evaluate = common(
    smollm2.command("evaluate").description("Judge the adapters' answers to red-team prompts, and write docs/smollm2-adapters.md."),
  )
    .option(
      "--cost <folder>",
      "cost model; where there is none, answers have no cost",
      inputName("the name of a folder"),
      "data/smollm2/cost",
    )
    .option("--evaluation <file>", "verdicts, numbers alone (JSON)", outputFile, "data/smollm2/evaluation.json")
    .option("--page <file>", "the page", outputFile, "docs/smollm2-adapters.md");
  examples(
    evaluate,
    "neuronbook smollm2 evaluate",
    "neuronbook smollm2 evaluate --seeds 0 --page /tmp/page.md --evaluation /tmp/evaluation.json",
  );
  runs<EvaluateOptions>(evaluate, run, evaluateWork);
}

const common = (command: Command): Command =>
  command
    .option("--work <folder>", "training files and answers; some are harmful", inputName("the name of a folder"), "smollm2-work")
    .option("--adapters <folder>", "where the adapters are", inputName("the name of a folder"), "data/smollm2/adapters")
    .option("--seeds <list>", "seeds, with commas between them", seedList, [0, 1, 2])
    .addOption(threadsOption());

async function trainWork({ work, adapters, seeds, threads }: TrainOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  const { signal, progress } = run;
  const done: { adapter: string; heldOut: SftFit | DpoFit }[] = [];
  await withEngine(threads, (engine) =>
    trainSmolLM2({
      ...{ engine, work, adapters, seeds, signal, hub: downloads(run, "SmolLM2"), phase: (label) => progress.phase(label) },
      onAdapter: (adapter, { evaluations }) => {
        const heldOut = evaluations.at(-1)!.value as SftFit | DpoFit;
        done.push({ adapter, heldOut });
        progress.note(`${adapter} (${done.length} of ${stagesOf(seeds).length}): held-out ${shown(heldOut)}`);
      },
    }),
  );
  return {
    json: { adapters, trained: done },
    text: done.map(({ adapter, heldOut }) => `${adapter}: held-out ${shown(heldOut)}`).join("\n"),
  };
}

async function evaluateWork(options: EvaluateOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  const { work, adapters, seeds, threads, evaluation: file, page } = options;
  const cost = fs.existsSync(options.cost) ? options.cost : undefined;
  const { signal, progress } = run;
  const evaluation = await withEngine(threads, (engine) =>
    evaluateSmolLM2({
      ...{ engine, work, adapters, seeds, cost, signal, hub: downloads(run, "SmolLM2") },
      phase: (label) => progress.phase(label),
    }),
  );
  writeEvaluation(file, evaluation);
  replaceFile(page, [smolLM2Report(adapters, evaluation, seeds)]);
  const models = Object.keys(evaluation.models);
  return { json: { page, file, ...evaluation }, text: `${models.length} models evaluated: ${models.join(", ")}.\n${file}, ${page}` };
}
