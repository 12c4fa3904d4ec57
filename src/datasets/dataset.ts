/** @file An opened data set: records streamed in the order of the files, or a seeded sample of them. */
import { OptionError } from "../errors.js";
import { seeded } from "../random.js";
import type { DatasetDefinition } from "./definition.js";
import { splitName } from "./file-names.js";
import type { LocatedFile } from "./locate.js";
import type { DatasetRecord } from "./records.js";
import { Row } from "./row.js";
import { rowsOf } from "./rows.js";

/** Most records that `toArray()` and a sample hold at once. */
const MOST_HELD = 2 ** 20;

export interface DatasetOptions {
  /** a file or a folder; default: the folder NEURONBOOK_DATA, then the Hugging Face cache */
  readonly path?: string;
  /** as the publisher names it; `val` and `valid` are `validation`. Default: all, unless the set says otherwise */
  readonly split?: string;
  /** as the publisher names it. Default: all, unless the set's subsets overlap */
  readonly subset?: string;
  /** most records; with `seed` the size of the sample, at most 1,048,576 */
  readonly limit?: number;
  /** draws `limit` records at random instead of the first ones, each equally likely; the whole set is read. In file order */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Records of one data set. Iterating again reads the files again; memory is constant but for a sample. */
export class Dataset<R extends DatasetRecord = DatasetRecord> implements AsyncIterable<R> {
  readonly name: string;
  /** absolute paths of the files that are read */
  readonly files: readonly string[];
  #skipped = new Map<string, number>();

  constructor(
    private readonly definition: DatasetDefinition<R>,
    private readonly located: readonly LocatedFile[],
    private readonly options: DatasetOptions,
  ) {
    const { limit, seed } = options;
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) throw new OptionError("limit", limit, "a whole number from 1");
    if (seed !== undefined && (limit === undefined || limit > MOST_HELD))
      throw new OptionError("limit", limit, `the size of the sample, at most ${MOST_HELD}, when a seed is given`);
    if (seed !== undefined) seeded(seed);
    this.name = definition.name;
    this.files = located.map(({ path }) => path);
  }

  /** Rows that the last iteration left out, by reason: for example pairs whose two answers are the same. */
  get skipped(): ReadonlyMap<string, number> {
    return this.#skipped;
  }

  /** @throws FileFormatError with file, row and field; OptionError for a split or subset that the files do not have */
  async *[Symbol.asyncIterator](): AsyncGenerator<R> {
    const { limit = Number.POSITIVE_INFINITY, seed } = this.options;
    if (seed !== undefined) {
      yield* await this.#sample(limit, seed);
      return;
    }
    let count = 0;
    for await (const record of this.#all()) {
      yield record;
      if (++count >= limit) return;
    }
  }

  /** All records at once, at most 1,048,576. */
  async toArray(): Promise<R[]> {
    const records: R[] = [];
    for await (const record of this) {
      if (records.push(record) > MOST_HELD)
        throw new OptionError("limit", this.options.limit, `at most ${MOST_HELD} records in an array; iterate over the set instead`);
    }
    return records;
  }

  async *#all(): AsyncGenerator<R> {
    this.#skipped = new Map();
    const skip = (reason: string) => this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
    const wanted = { subset: this.options.subset, split: this.options.split && splitName(this.options.split) };
    const seen = { subset: new Set<string>(), split: new Set<string>() };
    const fits = (part: "subset" | "split", value: string | undefined) => {
      if (value !== undefined) seen[part].add(value);
      return wanted[part] === undefined || wanted[part] === value;
    };
    let rows = 0;
    for (const { path, subset, split, columns } of this.located) {
      if ((subset !== undefined && !fits("subset", subset)) || (split !== undefined && !fits("split", split))) continue;
      for await (const { fields, at } of rowsOf(path, columns, { signal: this.options.signal })) {
        const row = new Row(path, at, fields, subset, split, skip);
        if (subset === undefined && !fits("subset", this.definition.rowSubset?.(row))) continue;
        if (split === undefined && !fits("split", rowSplit(row))) continue;
        rows++;
        yield* this.definition.read(row);
      }
    }
    for (const part of ["split", "subset"] as const) {
      if (rows > 0 || wanted[part] === undefined || seen[part].has(wanted[part])) continue;
      const there = [...seen[part]].sort().join(", ");
      throw new OptionError(part, this.options[part], there === "" ? `none: the files of ${this.name} name no ${part}` : `one of ${there}`);
    }
  }

  /** Reservoir sampling (Vitter's algorithm R). */
  async #sample(size: number, seed: number): Promise<R[]> {
    const random = seeded(seed);
    const kept: { record: R; index: number }[] = [];
    let index = 0;
    for await (const record of this.#all()) {
      const place = index < size ? index : random.integer(index + 1);
      if (place < size) kept[place] = { record, index };
      index++;
    }
    return kept.sort((a, b) => a.index - b.index).map(({ record }) => record);
  }
}

function rowSplit(row: Row): string | undefined {
  const split = row.has("split") ? row.optionalText("split") : undefined;
  return split === undefined ? undefined : splitName(split);
}
