/** @file Errors as one readable line and an exit code. */
import { NeuronbookError, OptionError } from "../errors.js";
import { EXIT, type ExitCode } from "./exit-codes.js";

/** Options of the library that have another form on the command line. */
const FLAGS: Readonly<Record<string, string>> = {
  newTokens: "--new-tokens",
  excludeLastLayers: "--exclude-last-layers",
  positions: "--positions",
  score: "--score",
  top: "--top",
  temperature: "--temperature",
  topK: "--top-k",
  topP: "--top-p",
  seed: "--seed",
  threads: "--threads",
  batch: "--batch",
  maxTokens: "--max-tokens",
  learningRate: "--lr",
  out: "--out",
  "checkpoint.folder": "--out",
  data: "--data",
  dataset: "--data",
  subset: "--data",
  split: "--data",
};

/** @returns the line to print, without the program's name */
export function explain(error: unknown): { line: string; exitCode: ExitCode } {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const line = message.replaceAll(/\s*\n\s*/g, " ").trim();
  if (error instanceof OptionError) {
    const flag = FLAGS[error.option];
    return { line: flag === undefined ? line : line.replace(error.option, flag), exitCode: EXIT.wrongUsage };
  }
  if (error instanceof NeuronbookError || isSystemError(error)) return { line, exitCode: EXIT.failed };
  return { line: `internal error: ${line}; NEURONBOOK_DEBUG=1 shows where`, exitCode: EXIT.failed };
}

/** Of the file system or the network, such as a disk that is full: its message names the operation and the file. */
const isSystemError = (error: unknown): boolean => error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === "number";
