/** @file `neuronbook reproduce`: the paper's notebooks on a laboratory, and the page that gathers what came out. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { FileFormatError } from "../errors.js";
import { FINDING } from "../findings/finding-report.js";
import { reproductionPage } from "../lab/reproduction/page.js";
import { FINDINGS, type FindingId, filePrefix, parametersOf } from "../lab/reproduction/plan.js";
import { type ReportedFinding, readRecord, writeRecord } from "../lab/reproduction/record.js";
import { labsIn } from "../lab/reproduction/recorded.js";
import { machine } from "../lab/study/results.js";
import type { StudyScale } from "../lab/study/scale.js";
import { version } from "../version.js";
import { replaceFile } from "../weights/replace-file.js";
import { EXIT } from "./exit-codes.js";
import { type Notebook, packageNotebooks, runNotebookFile } from "./kernel.js";
import { findingList, inputName, outputFile } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples } from "./run-options.js";

interface ReproduceOptions {
  readonly lab: string;
  readonly only?: readonly FindingId[];
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly results: string;
  readonly page: string;
  readonly again?: boolean;
}

export function reproduceCommand(program: Command, run: Run): void {
  const command = program
    .command("reproduce")
    .description(
      "Run the notebooks of the paper's findings on a laboratory, and write the page that has the paper's figures beside those that came out. Every measurement is kept: an interrupted call goes on.",
    )
    .option("--lab <name>", "organism, smollm2, or a file that describes one of your own", inputName("a laboratory"), "organism")
    .option("--only <list>", "findings, with commas between them: E1,E4", findingList)
    .option("--quick", "few prompts: a first look")
    .option("--full", "the paper's numbers of prompts and tokens")
    .option("--again", "run notebooks of which there is a record too; what was measured is still used")
    .option(
      "--results <folder>",
      "where measurements and records are kept, a folder a laboratory",
      inputName("the name of a folder"),
      "data/results",
    )
    .option("--page <file>", "the page, of all laboratories in the results folder", outputFile, "docs/reproduction.md");
  examples(
    command,
    "neuronbook reproduce --only E1,E4",
    "neuronbook reproduce --lab smollm2 --quick --results ./results --page ./reproduction.md",
  );
  runs<ReproduceOptions>(command, run, work);
}

async function work(options: ReproduceOptions, _args: readonly string[], run: Run): Promise<Outcome> {
  const { lab, results, page } = options;
  const scale: StudyScale = options.full ? "full" : options.quick ? "quick" : "usual";
  const ids = options.only ?? FINDINGS;
  const folder = path.resolve(results, path.basename(lab, ".json"));
  const failed: { finding: FindingId; error: string }[] = [];
  const done: { finding: FindingId; verdict: string; seconds: number }[] = [];
  for (const [i, id] of ids.entries()) {
    run.progress.note(`${id} (${i + 1} of ${ids.length})`);
    const outcome = await reproduce(
      id,
      { lab: path.extname(lab) === ".json" ? path.resolve(lab) : lab, folder, scale, again: options.again === true },
      run,
    );
    if (typeof outcome === "string") failed.push({ finding: id, error: outcome });
    else done.push({ finding: id, ...outcome });
    writePage(results, page);
  }
  const lines = [
    ...done.map(
      ({ finding, verdict, seconds }) => `${finding}: ${verdict}${seconds === 0 ? " (recorded before)" : ` (${seconds.toFixed(0)} s)`}`,
    ),
    ...failed.map(({ finding, error }) => `${finding}: failed: ${error}`),
    `Page: ${path.resolve(page)}`,
  ];
  return {
    json: { lab, scale, done, failed, page: path.resolve(page) },
    text: lines.join("\n"),
    ...(failed.length > 0 && { exitCode: EXIT.failed }),
  };
}

interface Place {
  readonly lab: string;
  readonly folder: string;
  readonly scale: StudyScale;
  readonly again: boolean;
}

/** @returns the verdict, or what made the notebook fail */
async function reproduce(
  id: FindingId,
  { lab, folder, scale, again }: Place,
  run: Run,
): Promise<{ verdict: string; seconds: number } | string> {
  const file = notebookOf(id);
  const notebook = createHash("sha256")
    .update(JSON.stringify(sourceOf(file)))
    .digest("hex");
  const parameters = parametersOf(id, lab, scale, folder);
  const known = readRecord(folder, scale, id);
  if (!again && known?.notebook === notebook && known.made.neuronbook === version) return { verdict: known.report.verdict, seconds: 0 };
  const output = path.join(folder, "notebooks", scale, path.basename(file));
  fs.mkdirSync(path.dirname(output), { recursive: true });
  const ran = await runNotebookFile(file, { output, folder: path.dirname(output), parameters }, run);
  if (ran.failure !== undefined) return `${ran.failure.message} (${output} has the outputs until there)`;
  const report = reportIn(ran.notebook, output);
  const seconds = Number(ran.seconds.toFixed(1));
  const made = { date: new Date().toISOString(), seconds, neuronbook: version, machine: machine() };
  const { results: _, ...shown } = parameters;
  writeRecord(folder, { scale, notebook, parameters: { ...shown, lab: path.basename(lab) }, made, report }, figuresIn(ran.notebook));
  return { verdict: report.verdict, seconds };
}

function notebookOf(id: FindingId): string {
  const folder = packageNotebooks();
  const name = fs.readdirSync(folder).find((one) => one.startsWith(filePrefix(id)) && one.endsWith(".ipynb"));
  if (name === undefined) throw new FileFormatError(folder, `holds no notebook ${filePrefix(id)}….ipynb`);
  return path.join(folder, name);
}

const sourceOf = (file: string) =>
  (JSON.parse(fs.readFileSync(file, "utf8")) as Notebook).cells.map(({ cell_type, source }) => [cell_type, [source].flat().join("")]);

const bundlesOf = (notebook: Notebook) =>
  notebook.cells.flatMap(({ outputs = [] }) => outputs.map(({ data }) => (data ?? {}) as Readonly<Record<string, unknown>>));

function reportIn(notebook: Notebook, file: string): ReportedFinding {
  const report = bundlesOf(notebook).findLast((bundle) => FINDING in bundle)?.[FINDING];
  if (report === undefined) throw new FileFormatError(file, "shows no FindingReport");
  return report as ReportedFinding;
}

const figuresIn = (notebook: Notebook): Uint8Array[] =>
  bundlesOf(notebook).flatMap((bundle) =>
    "image/png" in bundle && "application/vnd.plotly.v1+json" in bundle
      ? [Buffer.from([bundle["image/png"]].flat().join(""), "base64")]
      : [],
  );

function writePage(results: string, page: string): void {
  const labs = labsIn(path.resolve(results));
  if (Object.keys(labs).length > 0) replaceFile(page, [reproductionPage(labs, path.dirname(path.resolve(page)))]);
}
