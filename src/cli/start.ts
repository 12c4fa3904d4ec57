/** @file `neuronbook start`: the whole way once, as a notebook through the real kernel, with a report to read. */
import fs from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { SHIPPED } from "../lab/organism/folders.js";
import { EXIT } from "./exit-codes.js";
import { runReport } from "./kernel.js";
import { assignments } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples } from "./run-options.js";
import { startOnSmolLM2 } from "./start-smollm2.js";

const NOTEBOOK = "00-tour";

interface StartOptions {
  readonly set: Readonly<Record<string, unknown>>;
  readonly output: string;
}

export function startCommand(program: Command, run: Run): void {
  const command = program
    .command("start")
    .description(
      "Find the safety neurons of the organism, patch them, measure their causal effect: the notebook 00-tour, run through the kernel.",
    )
    .option(
      "--set <name=value>",
      "a value for the notebook's cell `parameters`, as in `neuronbook run`; may be given again",
      assignments,
      {},
    )
    .option("--output <folder>", "where the notebook with its outputs and its page go", "neuronbook-report");
  examples(command, "neuronbook start", "neuronbook start --set pair=1 --output report --json");
  runs<StartOptions>(command, run, work);
}

async function work({ set, output }: StartOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  // the organism is not shipped yet
  if (set.organism === undefined && !fs.existsSync(path.join(SHIPPED, "adapters"))) return startOnSmolLM2(run);
  // the notebook runs in the report's folder
  const parameters = typeof set.organism === "string" ? { ...set, organism: path.resolve(set.organism) } : set;
  const { failure, summary, target, page, seconds } = await runReport(NOTEBOOK, output, parameters, run);
  const files = { notebook: path.resolve(target), page: path.resolve(page) };
  const places = `Report:    ${files.page}\nNotebook:  ${files.notebook}`;
  if (failure !== undefined)
    return { json: { ok: false, error: failure.message, ...files }, text: `${failure.message}\n\n${places}`, exitCode: EXIT.failed };
  return { json: { ok: true, seconds, summary, ...files }, text: `${summary}\n\n${places}` };
}
