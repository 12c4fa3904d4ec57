/** @file `neuronbook bundle` and `neuronbook verify`. */
import { type Command, InvalidArgumentError } from "commander";
import { EXIT } from "../../src/cli/exit-codes.js";
import { outputFile, outputFolder } from "../../src/cli/option-values.js";
import { type Outcome, type Run, runs } from "../../src/cli/run.js";
import { examples } from "../../src/cli/run-options.js";
import type { Verification, VerifiedTable } from "./verify.js";
import type { WrittenBundle } from "./write-bundle.js";

const TOLERANCE = 1e-6;

export function bundleCommand(program: Command, run: Run): void {
  const command = program
    .command("bundle")
    .description("Put a notebook that has been run into one file to send: its page, its tables as Parquet, and what made its numbers.")
    .argument("<notebook>", "an .ipynb file with outputs")
    .option("--output <file>", "write the bundle there; default: NAME.bundle.zip beside the notebook", outputFile);
  examples(command, "neuronbook bundle notebook.ipynb", "neuronbook bundle notebook.ipynb --output to-send/seed-2.zip");
  runs<{ readonly output?: string }>(command, run, async ({ output }, [file]) => {
    const { writeBundle } = await import("./write-bundle.js");
    const advance = run.progress.phase("making the page");
    const written = await writeBundle(file!, {
      output,
      signal: run.signal,
      onCell: (done, total) => advance({ unit: "cells", done, total }),
    });
    return { json: written, text: bundleText(written) };
  });
}

function bundleText({ bundle, bytes, tables, withoutData, origin }: WrittenBundle): string {
  const { included, missing, models, runs, more, notebook, ranOn } = origin;
  const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const lines = [`${bundle}: ${size}, ${tables.length} tables, ${models.length} models, origins of ${runs.length} calls`];
  for (const { file, cell, rows, totalRows, columns } of tables) {
    const cut = rows < totalRows ? ` of ${totalRows}, which is all that the notebook keeps` : "";
    lines.push(`${file}: cell ${cell}, ${columns.length} columns, ${rows} rows${cut}`);
  }
  if (withoutData.length > 0)
    lines.push(
      `Tables of cell ${withoutData.join(", ")} are in the page alone, and not compared: an older neuronbook, or another kernel, showed them.`,
    );
  if (more > 0) lines.push(`The notebook kept no origin of ${more} further calls: it keeps a hundred before each result.`);
  for (const { path, why } of included) lines.push(`Included: ${path} (${why} by the notebook)`);
  for (const { name, why } of missing) lines.push(`Not included: ${name} (${why})`);
  if (!notebook.inOrder) lines.push("The cells did not run from first to last, as `verify` will run them: check it before you send it.");
  if (ranOn === null) lines.push("The notebook does not say what it ran on: it was run before that was kept, or by another kernel.");
  lines.push(`Check it: \`neuronbook verify ${bundle}\``);
  return lines.join("\n");
}

export function verifyCommand(program: Command, run: Run): void {
  const command = program
    .command("verify")
    .description("Run a bundle's notebook again and compare. It runs the bundle's code on this machine: only for senders you trust.")
    .argument("<bundle>", "what `neuronbook bundle` wrote")
    .option("--tolerance <number>", "relative difference that numbers may have, whole ones excepted", toleranceValue, TOLERANCE)
    .option("--folder <folder>", "unpack and run it there, where files may be that it lacks; default: a temporary folder", outputFolder);
  examples(command, "neuronbook verify notebook.bundle.zip", "neuronbook verify notebook.bundle.zip --tolerance 1e-4 --folder ./check");
  runs<{ readonly tolerance: number; readonly folder?: string }>(command, run, async (options, [bundle]): Promise<Outcome> => {
    const { verifyBundle } = await import("./verify.js");
    const verification = await verifyBundle(bundle!, options, run);
    const { failure, ...facts } = verification;
    const json = { bundle, tolerance: options.tolerance, ...facts, failure: failure && { cell: failure.cell + 1, error: failure.message } };
    const text = [...verdictLines(verification, options.tolerance), ...contextLines(verification)].join("\n");
    return { json, text, exitCode: verification.equal ? EXIT.good : EXIT.failed };
  });
}

function verdictLines({ equal, failure, tables, results, differences, altered }: Verification, tolerance: number): string[] {
  const lines = altered.map((name) => `${name}: changed after the bundle was made`);
  if (failure !== undefined) return [...lines, `The rerun failed, so nothing was compared: ${failure.message}`];
  lines.push(...tables.flatMap(tableLines));
  lines.push(`${results} results and texts beside tables: ${differences.length === 0 ? "equal" : `${differences.length} differences`}`);
  for (const { cell, what, at, got, expected } of differences)
    lines.push(`  cell ${cell}, ${what}${at && `, ${at}`}: got ${printed(got)}, expected ${printed(expected)}`);
  lines.push(equal ? `Everything came out again (tolerance ${tolerance}).` : `Not everything came out again (tolerance ${tolerance}).`);
  return lines;
}

function tableLines({ name, cell, equal, rows, totalRows, shape, differing, differences }: VerifiedTable): string[] {
  const head = `table ${name} (cell ${cell}): `;
  if (equal) return [`${head}equal, ${rows} rows${rows < totalRows ? ` of ${totalRows}; the others are not in the bundle` : ""}`];
  const what = [...shape, ...(differing > 0 ? [`${differing} values differ`] : [])].join("; ");
  const shown = differences.map(
    ({ row, column, got, expected }) => `  row ${row}, column ${column}: got ${printed(got)}, expected ${printed(expected)}`,
  );
  const more = differing - differences.length;
  return [`${head}differs: ${what}`, ...shown, ...(more > 0 ? [`  … ${more} more`] : [])];
}

function contextLines({ failure, missing, versions, otherModels, inOrder }: Verification): string[] {
  const lines: string[] = [];
  for (const { name, why } of missing) lines.push(`Not in the bundle: ${name} (${why})`);
  if (failure !== undefined && missing.length > 0) lines.push("Put what is missing into a folder, and give it as --folder.");
  for (const { what, bundle, here } of versions) lines.push(`${what}: ${bundle ?? "unknown"} in the bundle, ${here} here`);
  if (failure === undefined) for (const model of otherModels) lines.push(`model ${model}: the rerun had none with these digests`);
  if (!inOrder) lines.push("The bundle's cells did not run from first to last; here they did.");
  lines.push("Not compared: how long things took, pictures, HTML, views of neurons, and what goes to stderr.");
  return lines;
}

const printed = (value: unknown): string =>
  typeof value === "bigint" || typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");

function toleranceValue(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to below 1.");
}
