/** @file `origin.json` of a bundle: what made its numbers. Written from the notebook, and checked when it is read. */
import { FileFormatError } from "../../src/errors.js";
import { version } from "../../src/version.js";
import { type Notebook, type Output, sourceOf, tagsOf } from "../notebook/format.js";
import type { Machine } from "../notebook/machine.js";
import type { RecordedOrigins } from "../session/origins.js";
import { isInside } from "./archive.js";
import { type IncludedFile, type LocalFiles, type MissingFile, sha256 } from "./local-files.js";

export const FORMAT = "neuronbook-bundle";
export const FORMAT_VERSION = 1;

export interface Origin {
  readonly format: typeof FORMAT;
  readonly formatVersion: number;
  /** the version that made the bundle */
  readonly neuronbook: string;
  readonly notebook: {
    readonly name: string;
    /** sha256 over the sources of all cells that have code, injected parameters too */
    readonly sources: string;
    readonly cells: readonly { readonly cell: number; readonly sha256: string }[];
    /** whether the cells ran from first to last, as a rerun does */
    readonly inOrder: boolean;
  };
  /** versions and machine of the run; null where the notebook does not say: run by another kernel, or before it was kept */
  readonly ranOn: Machine | null;
  /** values set for this run, by name */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** models that ran, each with the digests of its weights and adapters, once */
  readonly models: readonly unknown[];
  /** calls that made results: models, digest of the texts, threads, provider, options with seeds */
  readonly runs: readonly { readonly cell: number; readonly origin: unknown }[];
  /** models and calls beyond the first hundred before one output: not kept */
  readonly more: number;
  readonly included: readonly IncludedFile[];
  readonly missing: readonly MissingFile[];
  /** sha256 of every other file of the bundle */
  readonly files: Readonly<Record<string, string>>;
}

/** @throws FileFormatError where injected parameters were edited by hand */
export function originOf(
  notebook: Notebook,
  name: string,
  { included, missing }: LocalFiles,
  files: Readonly<Record<string, string>>,
): Origin {
  const code = notebook.cells.flatMap((cell, i) => (cell.cell_type === "code" ? [{ cell, number: i + 1 }] : []));
  const counts = code.flatMap(({ cell }) => (typeof cell.execution_count === "number" ? [cell.execution_count] : []));
  const recorded = recordedIn(notebook);
  const { language_info } = notebook.metadata as { language_info?: { neuronbook?: Machine } };
  return {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    neuronbook: version,
    notebook: {
      name,
      sources: sha256(code.map(({ cell }) => `${sourceOf(cell)}\0`).join("")),
      cells: code.map(({ cell, number }) => ({ cell: number, sha256: sha256(sourceOf(cell)) })),
      inOrder: counts.every((count, i) => i === 0 || count > counts[i - 1]!),
    },
    ranOn: language_info?.neuronbook ?? null,
    parameters: injectedParameters(notebook, name),
    models: modelsOf(notebook),
    runs: recorded.flatMap(({ cell, runs }) => runs.map((origin) => ({ cell, origin }))),
    more: recorded.reduce((sum, { more = 0 }) => sum + more, 0),
    included: included.map(({ path, why, bytes, sha256 }) => ({ path, why, bytes, sha256 })),
    missing,
    files,
  };
}

/** Models that ran, each once, as the kernel recorded them. */
export const modelsOf = (notebook: Notebook): unknown[] => distinct(recordedIn(notebook).flatMap(({ models }) => models));

const recordedIn = ({ cells }: Notebook): (RecordedOrigins & { cell: number })[] =>
  cells.flatMap((cell, i) => (cell.outputs ?? []).map((output) => recordedBy(output, i + 1)));

/** What the kernel put beside an output, and the origins that results themselves hold. */
function recordedBy({ metadata, data }: Output, cell: number): RecordedOrigins & { cell: number } {
  const kept = (metadata as { neuronbook?: Partial<RecordedOrigins> } | undefined)?.neuronbook;
  const list = (value: unknown) => (Array.isArray(value) ? value : []);
  const own = Object.entries((data ?? {}) as Record<string, unknown>).flatMap(([type, value]) => {
    const { origin } = (/^application\/vnd\.neuronbook\..*json$/.test(type) ? (value ?? {}) : {}) as { origin?: unknown };
    return origin === undefined ? [] : [origin];
  });
  const more = Number.isSafeInteger(kept?.more) ? kept!.more! : 0;
  return { cell, models: list(kept?.models), runs: [...list(kept?.runs), ...own], more };
}

const distinct = (values: readonly unknown[]): unknown[] =>
  [...new Set(values.map((value) => JSON.stringify(value)))].map((text) => JSON.parse(text));

/** The values that `--set` gave a notebook, from the cell that `run` put into it. @throws FileFormatError where it was edited by hand */
export function injectedParameters({ cells }: Notebook, file: string): Record<string, unknown> {
  const cell = cells.find((cell) => tagsOf(cell).includes("injected-parameters"));
  if (cell === undefined) return {};
  return Object.fromEntries(
    sourceOf(cell)
      .split("\n")
      .map((line): [string, unknown] => {
        const [, name, value] = /^(?:let )?([^\s=]+) = (.*);$/.exec(line) ?? [];
        try {
          return [name!, JSON.parse(value!)];
        } catch (cause) {
          const reason = "its cell `injected-parameters` is not as `neuronbook run --set` writes it; run the notebook again";
          throw new FileFormatError(file, reason, { cause });
        }
      }),
  );
}

/** @param file the bundle's, for errors. @throws FileFormatError */
export function readOrigin(bytes: Uint8Array | undefined, file: string): Origin {
  if (bytes === undefined) throw new FileFormatError(file, "has no origin.json; a bundle is what `neuronbook bundle` wrote");
  let origin: Partial<Origin> | null;
  try {
    origin = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new FileFormatError(file, `origin.json is no JSON: ${(cause as Error).message}`, { cause });
  }
  const fail = (reason: string) => new FileFormatError(file, `origin.json: ${reason}`);
  if (origin?.format !== FORMAT) throw fail(`format is ${JSON.stringify(origin?.format)}; expected ${JSON.stringify(FORMAT)}`);
  if (origin.formatVersion !== FORMAT_VERSION)
    throw fail(
      `format version ${JSON.stringify(origin.formatVersion)}, made by neuronbook ${origin.neuronbook}; this neuronbook ${version} reads ${FORMAT_VERSION}`,
    );
  const name = origin.notebook?.name;
  if (typeof name !== "string" || !isInside(name) || !/^[^/]+\.ipynb$/.test(name))
    throw fail(`the notebook's name is ${JSON.stringify(name)}; expected one that ends in .ipynb`);
  if (!isRecord(origin.files) || !isRecord(origin.parameters)) throw fail("files or parameters are missing");
  for (const list of ["missing", "included", "models"] as const) if (!Array.isArray(origin[list])) throw fail(`${list} is no list`);
  return origin as Origin;
}

const isRecord = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
