/** @file `neuronbook smollm2`: makes the adapters of SmolLM2-135M-Instruct that come with the package, and evaluates them. */
import type { Command } from "commander";
import { stagesOf, trainSmolLM2 } from "../lab/smollm2/train.js";
import { shown } from "../training/adapter-record.js";
import type { DpoFit, SftFit } from "../training/held-out.js";
import { downloads, withEngine } from "./models.js";
import { inputName, seedList } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples, threadsOption } from "./run-options.js";

interface Options {
  readonly work: string;
  readonly out: string;
  readonly seeds: readonly number[];
  readonly threads?: number;
}

export function smollm2Command(program: Command, run: Run): void {
  const command = program
    .command("smollm2")
    .description("SmolLM2-135M-Instruct: make the adapters that come with the package, evaluate them.");
  const train = common(command.command("train").description("Train SFT, DPO-refusal and DPO-harmless adapters for each seed.")).option(
    "--seeds <list>",
    "seeds, with commas between them",
    seedList,
    [0, 1, 2],
  );
  examples(train, "neuronbook smollm2 train", "neuronbook smollm2 train --seeds 3 --out ./adapters --work /tmp/smollm2");
  runs<Options>(train, run, trainAll);
}

const common = (command: Command): Command =>
  command
    .option("--work <folder>", "training files and answers; some are harmful", inputName("the name of a folder"), "smollm2-work")
    .option("--out <folder>", "where the adapters are", inputName("the name of a folder"), "data/smollm2/adapters")
    .addOption(threadsOption());

async function trainAll({ work, out, seeds, threads }: Options, _args: readonly string[], run: Run): Promise<Outcome> {
  const { signal } = run;
  const done: { adapter: string; heldOut: SftFit | DpoFit }[] = [];
  await withEngine(threads, (engine) =>
    trainSmolLM2({
      ...{ engine, work, out, seeds, signal, hub: downloads(run, "SmolLM2") },
      phase: (label) => run.progress.phase(label),
      onAdapter: (adapter, { evaluations }) => {
        const heldOut = evaluations.at(-1)!.value as SftFit | DpoFit;
        done.push({ adapter, heldOut });
        run.progress.note(`${adapter} (${done.length} of ${stagesOf(seeds).length}): held-out ${shown(heldOut)}`);
      },
    }),
  );
  const lines = done.map(({ adapter, heldOut }) => `${adapter}: held-out ${shown(heldOut)}`);
  return { json: { out, adapters: done }, text: lines.join("\n") };
}
