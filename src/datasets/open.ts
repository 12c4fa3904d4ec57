/** @file Opening a data set by name. */
import { OptionError } from "../errors.js";
import { Dataset, type DatasetOptions } from "./dataset.js";
import { allDefinitions, type DatasetDefinition, definitionOf, type RecordOf } from "./definition.js";
import { splitName } from "./file-names.js";
import { type LocatedFile, locateFiles } from "./locate.js";
import type { DatasetRecord } from "./records.js";
import "./sets/index.js";

/** What is known of a data set before its files are there. */
export type DatasetDescription = Pick<DatasetDefinition, "name" | "about" | "licence" | "repositories" | "homepage">;

/** Every data set that is defined, by name. */
export function datasets(): DatasetDescription[] {
  return allDefinitions().map(({ name, about, licence, repositories, homepage }) => ({ name, about, licence, repositories, homepage }));
}

/**
 * Opens a published data set: from `path` (a file or a folder), from the folder NEURONBOOK_DATA, or from the Hugging Face cache. Nothing
 * is downloaded. Its rows become records as they are read.
 *
 * @example
 * for await (const { messages, chosen, rejected } of await openDataset("hh-rlhf", { subset: "harmless-base", split: "train" })) …
 *
 * @param set a name that {@link datasets} lists, or what `defineDataset` gave
 * @throws OptionError for an unknown name, split or subset
 * @throws NotFoundError when it is nowhere; says where was looked and how to get it
 */
export async function openDataset<R extends DatasetRecord>(set: DatasetDefinition<R>, options?: DatasetOptions): Promise<Dataset<R>>;
export async function openDataset<Name extends string>(set: Name, options?: DatasetOptions): Promise<Dataset<RecordOf<Name>>>;
export async function openDataset(set: string | DatasetDefinition, options: DatasetOptions = {}): Promise<Dataset> {
  const definition = typeof set === "string" ? definitionOf(set) : set;
  const located = locateFiles(definition, options.path);
  const chosen = { ...options, ...defaultsFor(definition, located, options) };
  return new Dataset(definition, filesFor(located, chosen), chosen);
}

/** The set's own defaults, where its files tell them apart. */
function defaultsFor({ defaults }: DatasetDefinition, located: readonly LocatedFile[], options: DatasetOptions): DatasetOptions {
  const chosen: { subset?: string; split?: string } = {};
  for (const part of ["subset", "split"] as const) {
    const wanted = defaults?.[part];
    if (options[part] !== undefined || wanted === undefined) continue;
    const there = [...new Set(located.flatMap((file) => file[part] ?? []))].sort();
    if (there.includes(wanted)) chosen[part] = wanted;
    else if (there.length > 1) throw new OptionError(part, undefined, `one of ${there.join(", ")}: they overlap`);
  }
  return chosen;
}

/** The files that can hold what is wanted. */
function filesFor(located: readonly LocatedFile[], { subset, split }: DatasetOptions): readonly LocatedFile[] {
  const wanted = { subset, split: split && splitName(split) };
  let files = located;
  for (const part of ["subset", "split"] as const) {
    const value = wanted[part];
    if (value === undefined) continue;
    const fitting = files.filter((file) => file[part] === undefined || file[part] === value);
    if (fitting.length === 0) {
      const there = [...new Set(files.map((file) => file[part]))].sort();
      throw new OptionError(part, value, `one of ${there.join(", ")}`);
    }
    files = fitting;
  }
  return files;
}
