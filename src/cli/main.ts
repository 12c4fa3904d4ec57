#!/usr/bin/env node
/** @file The `neuronbook` command: signals, what is printed where, and the exit code. */
import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { parse } from "./program.js";
import { ProgressLine } from "./progress-line.js";
import { explain } from "./report-error.js";
import type { Run } from "./run.js";

const interrupt = new AbortController();
const run: Run = { signal: interrupt.signal, progress: new ProgressLine(process.stderr), outcome: undefined, json: false };

// The second one finds no listener and ends the process, which process.exit would not do before native work is done.
process.once("SIGINT", () => {
  interrupt.abort();
  run.progress.note("neuronbook: interrupted, stopping; once more stops at once");
});
// a reader that has seen enough, such as `head`, is no failure
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await main();

async function main(): Promise<ExitCode> {
  try {
    await parse(process.argv.slice(2), run);
    run.progress.stop();
    const { outcome } = run;
    if (outcome === undefined) return EXIT.good;
    process.stdout.write(`${run.json ? JSON.stringify(outcome.json) : outcome.text}\n`);
    return outcome.exitCode ?? EXIT.good;
  } catch (error) {
    run.progress.stop();
    if (interrupt.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommanderError) return wrongUsage(error);
    const { line, exitCode } = explain(error);
    process.stderr.write(`neuronbook: ${line}\n`);
    if (process.env.NEURONBOOK_DEBUG === "1") console.error(error);
    return exitCode;
  }
}

/** Help and the version end the parsing too; they have been printed. */
function wrongUsage({ exitCode, message, code }: CommanderError): ExitCode {
  if (exitCode === 0) return EXIT.good;
  // without a command, commander has printed its help
  if (code !== "commander.help") {
    const line = message
      .replace(/^error: /, "")
      .replaceAll(/\s*\n\s*/g, " ")
      .replace(/[.]$/, "");
    process.stderr.write(
      `neuronbook: ${line}; \`${code === "commander.unknownCommand" ? "neuronbook" : usageOf(process.argv[2])} --help\` shows the options\n`,
    );
  }
  return EXIT.wrongUsage;
}

function usageOf(command: string | undefined): string {
  return command !== undefined && /^[a-z]+$/.test(command) ? `neuronbook ${command}` : "neuronbook";
}
