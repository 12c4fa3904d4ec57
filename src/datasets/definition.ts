/**
 * @file What is known of a data set: where its files are, how they are called and how a row becomes a record. A new set is a file with
 * one `defineDataset` call, its line in `DatasetRecords` beside it, and its export in sets/index.ts.
 */
import { NeuronbookError, OptionError } from "../errors.js";
import type { FileName } from "./file-names.js";
import type { DatasetRecord } from "./records.js";
import type { Row } from "./row.js";

/** Type of record by data set; each definition adds its own line. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface DatasetRecords {}

export interface DatasetDefinition<R extends DatasetRecord = DatasetRecord> {
  readonly name: string;
  /** one sentence */
  readonly about: string;
  /** SPDX identifier, or the publisher's words */
  readonly licence: string;
  /** data set repositories on Hugging Face, the publisher's first; empty where there is none */
  readonly repositories: readonly string[];
  /** the publisher's own page, where the set is not on Hugging Face, or not first there */
  readonly homepage?: string;
  /** folders beneath NEURONBOOK_DATA that are searched besides `name` and the repositories' names */
  readonly folders?: readonly string[];
  /** names of its files, as published */
  readonly files: readonly FileName[];
  /** what is read unless the caller asks otherwise, where the publisher's subsets or splits overlap */
  readonly defaults?: { readonly subset?: string; readonly split?: string };
  /** a row's split and subset, where a file holds several; `split` is read from the field of that name unless given here */
  readonly rowSubset?: (row: Row) => string | undefined;
  readonly read: (row: Row) => readonly R[];
}

const definitions = new Map<string, DatasetDefinition>();

/** The type of record that goes with a name: any, for a set that is defined elsewhere. */
export type RecordOf<Name extends string> = Name extends keyof DatasetRecords ? DatasetRecords[Name] & DatasetRecord : DatasetRecord;

/** @throws NeuronbookError when the name is taken */
export function defineDataset<const Name extends string, R extends RecordOf<Name>>(
  definition: DatasetDefinition<R> & { readonly name: Name },
): DatasetDefinition<R> {
  if (definitions.has(definition.name)) throw new NeuronbookError("duplicate", `the data set ${definition.name} is already defined`);
  definitions.set(definition.name, definition);
  return definition;
}

/** @throws OptionError for a name that nothing is defined under */
export function definitionOf(name: string): DatasetDefinition {
  const definition = definitions.get(name);
  if (definition === undefined) throw new OptionError("dataset", name, `one of ${[...definitions.keys()].sort().join(", ")}`);
  return definition;
}

export const allDefinitions = (): DatasetDefinition[] => [...definitions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
