/** @file What a run notebook shows, as far as a rerun can show the same: tables, JSON results, and texts; with the place of each. */
import type { Notebook, Output } from "../notebook/format.js";
import { DATA_RESOURCE } from "../session/data-resource.js";
import { type TableData, tableOf } from "./table-data.js";

export const PLOTLY = "application/vnd.plotly.v1+json";
/** a view of neurons holds activations cut to what fits a page: the tables beside it say the same */
const NEURON_VIEW = "application/vnd.neuronbook.neurons+json";
const RESULT = /^application\/vnd\.neuronbook\.[\w.-]+\+json$/;

export interface Shown {
  /** from 1, of all cells, as in errors */
  readonly cell: number;
  readonly tables: readonly TableData[];
  /** JSON results, in order */
  readonly results: readonly { readonly type: string; readonly value: unknown }[];
  /** plain texts of results without a table, and what the cell printed, in order */
  readonly texts: readonly string[];
}

/** Cell by cell, of those with code. @throws FileFormatError for a table that is none */
export function shownBy({ cells }: Notebook, file: string): Shown[] {
  return cells.flatMap((cell, index) => {
    if (cell.cell_type !== "code") return [];
    const outputs = (cell.outputs ?? []).filter((output) => !isProgress(output));
    const bundles = outputs.map(dataOf);
    const printed = outputs.filter(({ name }) => name === "stdout").map(({ text }) => joined(text));
    const errors = outputs.filter(({ output_type }) => output_type === "error").map(({ ename, evalue }) => `${ename}: ${evalue}`);
    return [
      {
        cell: index + 1,
        tables: bundles.flatMap((data) => (DATA_RESOURCE in data ? [tableOf(data[DATA_RESOURCE], file)] : [])),
        results: bundles.flatMap((data) =>
          Object.keys(data)
            .filter((type) => isCompared(type))
            .map((type) => ({ type, value: data[type] })),
        ),
        texts: [printed.join(""), ...bundles.flatMap(textOf), ...errors].filter((text) => text !== ""),
      },
    ];
  });
}

/** Cells with a table of which the notebook has the HTML alone. */
export function tablesWithoutData({ cells }: Notebook): number[] {
  const bare = (output: Output) => /^\s*<table\b/.test(joined(dataOf(output)["text/html"])) && !(DATA_RESOURCE in dataOf(output));
  return cells.flatMap((cell, index) => ((cell.outputs ?? []).some(bare) ? [index + 1] : []));
}

/** Compared as JSON, where a result has it. */
const isCompared = (type: string): boolean => type === PLOTLY || type === "application/json" || (RESULT.test(type) && type !== NEURON_VIEW);

function textOf(data: Readonly<Record<string, unknown>>): string[] {
  if (DATA_RESOURCE in data) return [];
  const text = data["text/plain"] ?? data["text/markdown"] ?? data["text/latex"];
  return text === undefined ? [] : [joined(text)];
}

/** Progress bars say how long something took. */
const isProgress = (output: Output): boolean =>
  /^<div>(?:<progress |[^<]*\(\d+(?:\.\d+)? s\)<\/div>$)/.test(joined(dataOf(output)["text/html"]));

const dataOf = ({ data }: Output): Readonly<Record<string, unknown>> =>
  typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};

const joined = (text: unknown): string => (typeof text === "string" ? text : Array.isArray(text) ? text.join("") : "");
