/** @file docs/reproduction.md: every finding with the paper's figures beside those of each laboratory, from the records alone. */
import path from "node:path";
import { figureText } from "../../findings/finding-report.js";
import { markdownTable } from "../markdown.js";
import { FINDINGS, type FindingId } from "./plan.js";
import { type FindingRecord, findingsFolder, largestRecords, measurements } from "./record.js";

interface LabFindings {
  readonly name: string;
  /** folder of its results */
  readonly results: string;
  readonly records: ReadonlyMap<FindingId, FindingRecord>;
}

/**
 * @param labs folder of results by name of the laboratory, in the order of the columns
 * @param folder where the page will be, for links to figures
 */
export function reproductionPage(labs: Readonly<Record<string, string>>, folder: string): string {
  const all: LabFindings[] = Object.entries(labs).map(([name, results]) => ({ name, results, records: largestRecords(results) }));
  const ids = FINDINGS.filter((id) => all.some(({ records }) => records.has(id)));
  return `${[...introduction(all), ...overview(all, ids), ...ids.flatMap((id) => section(all, id, folder))].join("\n")}\n`;
}

function introduction(labs: readonly LabFindings[]): string[] {
  return [
    "# The paper's findings, reproduced",
    "",
    "*Towards Understanding Safety Alignment: A Mechanistic Perspective from Safety Neurons* (Chen et al., arXiv 2406.14144), finding by finding. This page is generated from the records in",
    "the results folder by",
    "",
    "```",
    ...labs.map(({ name }) => `neuronbook reproduce --lab ${name}`),
    "```",
    "",
    "Each notebook decides its claim by confidence intervals: *holds* where the whole interval lies on the claim's side, *does not hold* where all of it lies on the other, else",
    "*undecided*. Numbers are as they came out; in brackets 95 % intervals, over seeds where there are several, else over prompts. Times are those of each measurement",
    "added up, also where several ran at once.",
    "",
    ...labs.flatMap(({ name, results, records }) => {
      const shares = measurements(results).map(
        ({ machine, count, seconds }) => `${count} measurements of ${duration(seconds)} together on ${machine}`,
      );
      const scales = [...new Set([...records.values()].map(({ scale }) => scale))].join(", ");
      return shares.length === 0 ? [] : [`- **${name}**, size \`${scales}\`: ${shares.join("; ")}.`];
    }),
    "",
  ];
}

function overview(labs: readonly LabFindings[], ids: readonly FindingId[]): string[] {
  const rows = ids.map((id) => {
    const { title } = first(labs, id).report;
    return [`[${id}](#${id.toLowerCase()})`, escaped(title), ...labs.map(({ records }) => records.get(id)?.report.verdict ?? "–")];
  });
  return ["## Overview", "", markdownTable(["", "finding", ...labs.map(({ name }) => name)], rows), ""];
}

function section(labs: readonly LabFindings[], id: FindingId, folder: string): string[] {
  const { title, claim } = first(labs, id).report;
  const there = labs.flatMap(({ name, results, records }) => {
    const record = records.get(id);
    return record === undefined ? [] : [{ name, results, record }];
  });
  return [
    `<a id="${id.toLowerCase()}"></a>`,
    "",
    `## ${id} ${title}`,
    "",
    claim,
    "",
    figuresTable(labs, id),
    "",
    ...there.flatMap(({ name, record }) => [
      `**${name}: ${record.report.verdict}** (${record.report.settings.seeds === undefined ? "" : `seeds ${String(record.report.settings.seeds)}; `}${record.made.date.slice(0, 10)})`,
      "",
      ...Object.entries(record.report.parts).map(([part, { summary }]) => `- ${part}: ${summary}`),
      ...record.report.differs.map((one) => `- differs: ${one}`),
      "",
    ]),
    ...there.flatMap(({ name, results, record }) =>
      record.figures.map((file) => {
        const link = path
          .relative(folder, path.join(findingsFolder(results, record.scale), file))
          .split(path.sep)
          .join("/");
        return `![${id} on ${name}](${link})`;
      }),
    ),
    "",
  ];
}

/** A row a figure, a column a laboratory; figures that one of them lacks have a dash there. */
function figuresTable(labs: readonly LabFindings[], id: FindingId): string {
  const what = new Map<string, string>();
  for (const { records } of labs)
    for (const row of records.get(id)?.report.rows ?? []) if (!what.has(row.what)) what.set(row.what, row.paper);
  const rows = [...what].map(([figure, paper]) => [
    escaped(figure),
    escaped(paper),
    ...labs.map(({ records }) => {
      const row = records.get(id)?.report.rows.find((one) => one.what === figure);
      return row === undefined ? "–" : escaped(figureText(row.here ?? undefined));
    }),
  ]);
  return markdownTable(["", "paper", ...labs.map(({ name }) => name)], rows);
}

const first = (labs: readonly LabFindings[], id: FindingId): FindingRecord =>
  labs.map(({ records }) => records.get(id)).find((one) => one !== undefined)!;

const escaped = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const duration = (seconds: number): string =>
  seconds < 5400 ? `${Math.max(1, Math.round(seconds / 60))} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
