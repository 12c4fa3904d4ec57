/** @file `neuronbook organism train` and `check`: the organism made from one seed, and held against its bars. */
import type { Command } from "commander";
import type { Bar } from "../lab/organism/bars.js";
import { checkOrganism } from "../lab/organism/check.js";
import { trainOrganism } from "../lab/organism/train.js";
import { EXIT } from "./exit-codes.js";
import { withEngine } from "./models.js";
import { short } from "./numbers.js";
import { outputFolder, wholeNumber } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples, threadsOption } from "./run-options.js";

interface TrainOptions {
  readonly out: string;
  readonly seed: number;
  readonly threads?: number;
}

interface CheckOptions {
  readonly folder?: string;
  readonly seed: number;
  readonly prompts: number;
  readonly threads?: number;
}

export function organismCommand(program: Command, run: Run): void {
  const organism = program.command("organism").description("Train the organism, the small model pair whose truth is known, or check it.");
  const train = organism
    .command("train")
    .description("Train base model and adapters from one seed; what is finished is kept, and the next call goes on.")
    .requiredOption("--out <folder>", "where they are written, and gone on from", outputFolder)
    .option("--seed <n>", "of weights, data and order", wholeNumber(0, 2 ** 32 - 1), 0)
    .addOption(threadsOption());
  examples(train, "neuronbook organism train --out ./organism", "neuronbook organism train --out ./organism-1 --seed 1");
  runs<TrainOptions>(train, run, trainWork);
  const check = organism
    .command("check")
    .description("Hold the organism against every bar of docs/organism.md on fresh prompts; exit code 1 where one is missed.")
    .option("--folder <folder>", "an organism that `organism train` wrote (default: the one in this package)")
    .option("--seed <n>", "of the prompts", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--prompts <n>", "of each family, and tasks of each kind", wholeNumber(2), 200)
    .addOption(threadsOption());
  examples(check, "neuronbook organism check", "neuronbook organism check --folder ./organism --seed 7 --json");
  runs<CheckOptions>(check, run, checkWork);
}

async function trainWork({ out, seed, threads }: TrainOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  return withEngine(threads, async (engine) => {
    let shown = "";
    let show: ReturnType<Run["progress"]["phase"]> = () => undefined;
    const record = await trainOrganism(out, {
      seed,
      engine,
      signal: run.signal,
      onProgress: ({ stage, place, stages, done, total, loss, secondsLeft }) => {
        if (stage !== shown) show = run.progress.phase(`${stage} (${place} of ${stages})`);
        shown = stage;
        show({ unit: `steps, loss ${loss.toFixed(3)}, ${Math.ceil(secondsLeft)} s left`, done, total });
      },
    });
    const stages = Object.entries(record.stages);
    const seconds = stages.reduce((sum, [, stage]) => sum + stage.seconds, 0);
    const lines = stages.map(
      ([name, { steps, loss, seconds }]) =>
        `  ${name.padEnd(22)} ${String(steps).padStart(5)} steps   loss ${loss.toFixed(3)}   ${seconds} s`,
    );
    return {
      json: record,
      text: [`Organism of seed ${seed} in ${out}, ${Math.round(seconds / 60)} minutes of training:`, "", ...lines].join("\n"),
    };
  });
}

async function checkWork({ folder, seed, prompts, threads }: CheckOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  return withEngine(threads, async (engine) => {
    let shown = "";
    let show: ReturnType<Run["progress"]["phase"]> = () => undefined;
    const { bars, measures } = await checkOrganism({
      folder,
      engine,
      seed,
      prompts,
      signal: run.signal,
      onProgress: (what, progress) => {
        if (what !== shown) show = run.progress.phase(what);
        shown = what;
        show(progress);
      },
    });
    const missed = bars.filter(({ holds }) => !holds).length;
    const text = [
      `${prompts} fresh prompts of each family, seed ${seed}:`,
      "",
      ...bars.map(readable),
      "",
      missed === 0 ? `All ${bars.length} bars hold.` : `${missed} of ${bars.length} bars are missed.`,
    ].join("\n");
    return { json: { seed, prompts, holds: missed === 0, bars, measures }, text, exitCode: missed === 0 ? EXIT.good : EXIT.failed };
  });
}

function readable({ figure, value, low, high, holds }: Bar): string {
  const bar = low === undefined ? `<= ${high}` : high === undefined ? `>= ${low}` : `${low} to ${high}`;
  return `  ${holds ? "ok    " : "MISSED"} ${figure.padEnd(52)} ${short(value).padStart(8)}   ${bar}`;
}
