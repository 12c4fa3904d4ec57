/** @file The commands put together. */
import { Command } from "commander";
import { version } from "../version.js";
import { doctorCommand } from "./doctor.js";
import { findCommand } from "./find.js";
import { generateCommand } from "./generate.js";
import { inspectCommand } from "./inspect.js";
import { judgeCommand } from "./judge.js";
import { bundleCommand, exportCommand, installCommand, labCommand, runCommand, uninstallCommand, verifyCommand } from "./kernel.js";
import { organismCommand } from "./organism.js";
import { patchCommand } from "./patch.js";
import { reproduceCommand } from "./reproduce.js";
import type { Run } from "./run.js";
import { smollm2Command } from "./smollm2.js";
import { startCommand } from "./start.js";
import { trainCommands } from "./train.js";

/** @throws CommanderError for wrong usage, and where help or the version was asked for */
export async function parse(argv: readonly string[], run: Run): Promise<void> {
  const program = new Command("neuronbook")
    .description("Find, contrast and patch the neurons behind the safety of language models.")
    .version(version)
    .helpCommand(false)
    .exitOverride()
    // the program prints what is wrong, in the one form that all its errors have
    .configureOutput({ outputError: () => undefined });
  doctorCommand(program, run);
  inspectCommand(program, run);
  judgeCommand(program, run);
  generateCommand(program, run);
  findCommand(program, run);
  patchCommand(program, run);
  organismCommand(program, run);
  trainCommands(program, run);
  smollm2Command(program, run);
  reproduceCommand(program, run);
  startCommand(program, run);
  labCommand(program, run);
  runCommand(program, run);
  exportCommand(program, run);
  bundleCommand(program, run);
  verifyCommand(program, run);
  installCommand(program, run);
  uninstallCommand(program, run);
  program.addHelpText(
    "after",
    `
Exit codes: 0 good, 1 failed, 2 wrong usage, 130 interrupted.
Environment: HF_HOME, HF_HUB_OFFLINE (where models are, and whether to fetch them); NEURONBOOK_DEBUG=1 (stacks of errors).
\`neuronbook COMMAND --help\` shows options and examples.`,
  );
  await program.parseAsync([...argv], { from: "user" });
}
