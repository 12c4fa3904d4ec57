/** @file How a notebook ends: a claim of the paper, its figures beside ours, and the verdict that the numbers give. */
import { OptionError } from "../errors.js";
import type { Estimate } from "../statistics/estimate.js";
import { allHold, type Finding, type Verdict } from "./verdict.js";

/** MIME type of a report, for programs that gather them. */
export const FINDING = "application/vnd.neuronbook.finding+json";
const FORMAT = 1;

/** One figure: the paper's, as it states it, and ours. */
export interface FindingRow {
  readonly what: string;
  /** the paper's figure; `"–"` where it gives none */
  readonly paper: string;
  /** an estimate is shown with its interval; undefined: there is none, e.g. because there is no gap to explain */
  readonly here: Estimate | number | string | undefined;
}

export interface FindingReportFields {
  /** `"E1"` to `"E19"` */
  readonly id: string;
  readonly title: string;
  /** what the paper says, in one sentence */
  readonly claim: string;
  /** where it was measured */
  readonly lab: string;
  /** sizes, seeds and options that the figures depend on */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rows: readonly FindingRow[];
  /** what the claim consists of, each decided by `verdict` */
  readonly parts: Readonly<Record<string, Finding>>;
  /** what differs from the paper, a sentence each */
  readonly differs: readonly string[];
}

/** In a notebook it shows as text and table; `neuronbook reproduce` gathers the JSON form. Immutable. */
export class FindingReport implements FindingReportFields {
  readonly id: string;
  readonly title: string;
  readonly claim: string;
  readonly lab: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rows: readonly FindingRow[];
  readonly parts: Readonly<Record<string, Finding>>;
  readonly differs: readonly string[];

  /** @throws OptionError for another form of id, no part, or two figures of one name */
  constructor(fields: FindingReportFields) {
    if (!/^E\d+$/.test(fields.id)) throw new OptionError("id", fields.id, '"E" and a number');
    if (Object.keys(fields.parts).length === 0) throw new OptionError("parts", "none", "at least one verdict");
    const names = fields.rows.map(({ what }) => what);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new OptionError("rows", `${twice}, twice`, "a name of its own for each figure, by which laboratories are compared");
    this.id = fields.id;
    this.title = fields.title;
    this.claim = fields.claim;
    this.lab = fields.lab;
    this.settings = fields.settings;
    this.rows = fields.rows;
    this.parts = fields.parts;
    this.differs = fields.differs;
  }

  /** `holds` where every part does; see {@link allHold}. */
  get verdict(): Verdict {
    return allHold(Object.values(this.parts));
  }

  toJSON(): object {
    const { id, title, claim, lab, settings, rows, parts, differs, verdict } = this;
    return {
      format: FORMAT,
      id,
      title,
      claim,
      lab,
      verdict,
      rows: rows.map(({ what, paper, here }) => ({ what, paper, here: here ?? null })),
      parts,
      settings,
      differs,
    };
  }

  toString(): string {
    const { id, title, claim, lab, verdict, rows, parts, differs } = this;
    return [
      `${id} ${title}, on ${lab}: ${verdict}`,
      `Claim: ${claim}`,
      ...rows.map(({ what, paper, here }) => `  ${what}: paper ${paper}, here ${figureText(here)}`),
      ...Object.entries(parts).map(([part, { summary }]) => `  ${part}: ${summary}`),
      ...differs.map((one) => `  Differs: ${one}`),
    ].join("\n");
  }

  [Symbol.for("Jupyter.mime")](): Record<string, unknown> {
    return { [FINDING]: this.toJSON(), "text/markdown": this.#markdown(), "text/plain": this.toString() };
  }

  #markdown(): string {
    const { id, title, claim, lab, verdict, rows, parts, differs } = this;
    return [
      `**${id} ${title}, on ${lab}: ${verdict}**`,
      "",
      claim,
      "",
      "| | paper | here |",
      "|---|---|---|",
      ...rows.map(({ what, paper, here }) => `| ${cell(what)} | ${cell(paper)} | ${cell(figureText(here))} |`),
      "",
      "| part of the claim | verdict |",
      "|---|---|",
      ...Object.entries(parts).map(([part, { summary }]) => `| ${cell(part)} | ${cell(summary)} |`),
      "",
      ...(differs.length === 0 ? [] : ["What differs from the paper:", "", ...differs.map((one) => `- ${one}`)]),
    ].join("\n");
  }
}

/** `0.97 (0.91 to 1.02)`, three significant digits; `0.97 (a single one, no interval)` where nothing is known about the spread. */
export function figureText(here: FindingRow["here"]): string {
  if (here === undefined) return "no estimate";
  if (typeof here === "string") return here;
  if (typeof here === "number") return digits(here);
  const { value, low, high } = here;
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return `${digits(value)} (a single one, no interval)`;
  return `${digits(value)} (${digits(low)} to ${digits(high)})`;
}

const digits = (value: number): string => String(Number(value.toPrecision(3)));
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
