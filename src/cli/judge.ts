/** @file `neuronbook judge train` and `judge report`: cost and reward models of real answers, and how far the judges are right. */
import { type Command, Option } from "commander";
import { loadScoreModel, saveScoreModel } from "../judges/score-model-file.js";
import { trainCostModel } from "../lab/cost-model.js";
import { judgeReport } from "../lab/judge-report.js";
import { trainRewardModel } from "../lab/reward-model.js";
import { replaceFile } from "../weights/replace-file.js";
import { openModel, withEngine } from "./models.js";
import { short } from "./numbers.js";
import { inputName, outputFile, wholeNumber } from "./option-values.js";
import { type Outcome, type Run, runs, watched } from "./run.js";
import { examples, modelOption, threadsOption } from "./run-options.js";

interface TrainOptions {
  readonly kind: "cost" | "reward";
  readonly model: string;
  readonly out: string;
  readonly work?: string;
  readonly limit?: number;
  readonly search: number;
  readonly maxTokens: number;
  readonly seed: number;
  readonly threads?: number;
}

interface ReportOptions {
  readonly cost?: string;
  readonly out?: string;
  readonly work?: string;
  readonly limit?: number;
  readonly threads?: number;
}

const workOption = ["--work <folder>", "keep what is computed here, and go on from there"] as const;

export function judgeCommand(program: Command, run: Run): void {
  const judge = program.command("judge").description("Train cost and reward models of real answers; state how often the judges are wrong.");
  const train = modelOption(
    judge
      .command("train")
      .description("Train a cost model (GPTFuzz's labelled answers) or a reward model (HH-RLHF's helpful pairs) on hidden states."),
  )
    .requiredOption("--out <folder>", "where it is written (a few kB)", inputName("the name of a folder"))
    .addOption(new Option("--kind <kind>", "what to train").choices(["cost", "reward"]).default("cost"))
    .option(...workOption, inputName("the name of a folder"))
    .option("--limit <n>", "answers or pairs to learn from, drawn at random (default: all)", wholeNumber(10))
    .option("--search <n>", "of them, how many choose what the head reads", wholeNumber(10), 512)
    .option("--max-tokens <n>", "longest text", wholeNumber(16), 128)
    .option("--seed <n>", "of the draw and of what is held out", wholeNumber(0), 0)
    .addOption(threadsOption());
  examples(train, "neuronbook judge train --model HuggingFaceTB/SmolLM2-135M-Instruct --out data/smollm2/cost --work work");
  runs<TrainOptions>(train, run, trainWork);
  const report = judge
    .command("report")
    .description("Error rates of the refusal judge, and of a cost model, on labelled answers; counts and intervals alone.")
    .option("--cost <folder>", "measure this cost model as well", inputName("the name of a folder"))
    .option("--out <file>", "write the report (Markdown)", outputFile)
    .option(...workOption, inputName("the name of a folder"))
    .option("--limit <n>", "answers of each set for the cost model, drawn at random, half of them harmful (default: all)", wholeNumber(10))
    .addOption(threadsOption());
  examples(report, "neuronbook judge report --cost data/smollm2/cost --out docs/judges.md");
  runs<ReportOptions>(report, run, reportWork);
}

async function trainWork(options: TrainOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  const { out, work, limit, search, maxTokens, seed } = options;
  return withEngine(options.threads, async (engine) => {
    const model = await openModel(options.model, [], engine, run);
    const train = options.kind === "cost" ? trainCostModel : trainRewardModel;
    const made = await train(model, { ...watched(run, "reading answers"), folder: work, limit, search, maxTokens, seed });
    const { scores, heldOut, fitted, reading, penalty, tried, apartFrom, leftOut, examples: count, origin } = made;
    const facts = {
      training: {
        data: options.kind === "cost" ? "gptfuzz train" : "hh-rlhf helpful-base train",
        examples: count,
        leftOut,
        apartFrom,
        penalty,
        heldOut,
        fitted,
        tried,
        origin,
      },
    };
    run.signal.throwIfAborted();
    saveScoreModel(out, scores, facts);
    const accuracy = heldOut.kind === "real" ? Number.NaN : heldOut.accuracy.value;
    const figure = `accuracy ${short(accuracy)}${heldOut.kind === "binary" ? `, AUC ${short(heldOut.auc.value)}` : ""}`;
    const text = [
      `${options.kind === "cost" ? "Cost" : "Reward"} model from ${count} examples: layer ${reading.layer}, ${reading.pool}, penalty ${penalty}.`,
      `On held-out questions: ${figure} (${heldOut.count} examples).`,
      `Written to ${out}.`,
    ];
    return { json: { out, reading, penalty, heldOut, fitted, tried, apartFrom, leftOut, examples: count }, text: text.join("\n") };
  });
}

async function reportWork(options: ReportOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  const { cost, work, limit, out } = options;
  return withEngine(options.threads, async (engine) => {
    const scores = cost === undefined ? undefined : await loadScoreModel(cost, { engine });
    const report = await judgeReport({ ...watched(run, "judging"), scores, folder: work, limit });
    run.signal.throwIfAborted();
    if (out !== undefined) replaceFile(out, [report.markdown]);
    return { json: report.figures, text: report.markdown.trimEnd() };
  });
}
