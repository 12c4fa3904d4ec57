/** @file What a command gets to run with, and what it hands back to be printed. */
import type { Command } from "commander";
import type { RunOptions } from "../engine/score-texts.js";
import type { ExitCode } from "./exit-codes.js";
import type { ProgressLine } from "./progress-line.js";

/** One run of a command. */
export interface Run {
  /** aborted by the first SIGINT */
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
  /** set by the command, read by the program */
  outcome: Outcome | undefined;
  /** was `--json` given? */
  json: boolean;
}

/** The result of a command; only one of both forms is printed. */
export interface Outcome {
  readonly json: object;
  readonly text: string;
  /** default: good */
  readonly exitCode?: ExitCode;
}

/** Makes `work` the command's action. Its errors are the program's to report. */
export function runs<Options>(
  command: Command,
  run: Run,
  work: (options: Options, args: readonly string[], run: Run) => Promise<Outcome>,
): void {
  command.option("--json", "print JSON alone on stdout");
  command.action(async () => {
    const options = command.opts<Options & { json?: boolean }>();
    run.json = options.json === true;
    const outcome = await work(options, command.args, run);
    run.signal.throwIfAborted();
    run.outcome = outcome;
  });
}

/** The options of a long call: it can be interrupted, and shows as `label` how far it is. */
export function watched(run: Run, label: string, batch?: number): RunOptions {
  const onProgress = run.progress.phase(label);
  return { signal: run.signal, batch, onProgress };
}
