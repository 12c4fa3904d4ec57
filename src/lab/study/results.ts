/** @file Results that took long, kept in a folder under what they came from: the same question is answered from there. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { FileFormatError } from "../../errors.js";
import { ChangeScores } from "../../neurons/change-scores.js";
import { NeuronScores, type NeuronScoresFields } from "../../neurons/neuron-scores.js";
import { version } from "../../version.js";
import { isJsonObject, readJsonObject } from "../../weights/json.js";
import { replaceFile } from "../../weights/replace-file.js";

const FORMAT = 1;

/** What a result came from: JSON, the same for the same question. */
export type ResultOrigin = Readonly<Record<string, unknown>>;

/** When and where a result was made. */
export interface Made {
  readonly date: string;
  readonly seconds: number;
  readonly neuronbook: string;
  readonly machine: string;
}

/**
 * A store of results: a file a result, `KIND/DIGEST.json`, written whole or not at all, with numbers and verdicts alone, no text. Change
 * scores lie beside theirs as safetensors; where only that file is missing, they are made again. Without a folder, results are remembered
 * by this object only.
 */
export class Results {
  readonly folder: string | undefined;
  readonly #known = new Map<string, unknown>();

  constructor(folder?: string) {
    this.folder = folder === undefined ? undefined : path.resolve(folder);
  }

  /**
   * The result of `origin`, made now where there is none.
   *
   * @param kind a folder of the store, e.g. `"answers"`
   * @param make gives a JSON value
   * @throws FileFormatError for a file that is damaged or of another question
   */
  async kept<T>(kind: string, origin: ResultOrigin, make: () => Promise<T>): Promise<T> {
    return this.#remembered(kind, origin, async (file) => {
      if (file !== undefined && fs.existsSync(`${file}.json`)) return readResult(`${file}.json`, origin) as T;
      const { value, made } = await timed(make);
      if (file !== undefined) writeResult(`${file}.json`, origin, made, value);
      // as it will be read the next time
      return JSON.parse(JSON.stringify(value, withoutFolders)) as T;
    });
  }

  /** The same for change scores. */
  async scores(origin: ResultOrigin, make: () => Promise<ChangeScores>): Promise<ChangeScores> {
    return this.#remembered("scores", origin, async (file) => {
      if (file !== undefined && fs.existsSync(`${file}.safetensors`)) return ChangeScores.load(`${file}.safetensors`);
      const { value, made } = await timed(make);
      if (file !== undefined) {
        value.save(`${file}.safetensors`);
        writeResult(`${file}.json`, origin, made, { positions: value.count });
      }
      return value;
    });
  }

  /** The same for scores of one model; their numbers are in the file itself. */
  async neuronScores(model: string, origin: ResultOrigin, make: () => Promise<NeuronScores>): Promise<NeuronScores> {
    const fields = await this.kept<Omit<NeuronScoresFields, "values"> & { values: number[] }>("baselines", origin, async () => {
      const { layers, neurons, score, values, excludeLastLayers, positions, count, origin: run } = await make();
      // nine digits name a float32
      const numbers = Array.from(values, (value) => Number(value.toPrecision(9)));
      return { model, layers, neurons, score, values: numbers, excludeLastLayers, positions, count, origin: run };
    });
    return new NeuronScores({ ...fields, model, values: Float32Array.from(fields.values) });
  }

  async #remembered<T>(kind: string, origin: ResultOrigin, find: (file: string | undefined) => Promise<T>): Promise<T> {
    const key = path.join(kind, digestOf(origin));
    if (!this.#known.has(key)) this.#known.set(key, await find(this.folder === undefined ? undefined : path.join(this.folder, key)));
    return this.#known.get(key) as T;
  }
}

/** Digest of a JSON value that does not depend on the order of its keys; 24 hex digits. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 24);
}

export async function timed<T>(make: () => Promise<T>): Promise<{ value: T; made: Made }> {
  const start = performance.now();
  const value = await make();
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  return { value, made: { date: new Date().toISOString(), seconds, neuronbook: version, machine: machine() } };
}

export function machine(): string {
  const cores = os.availableParallelism();
  return `${os.cpus()[0]?.model.trim() ?? "unknown processor"}, ${cores} ${cores === 1 ? "core" : "cores"}, node ${process.version}`;
}

function writeResult(file: string, origin: ResultOrigin, made: Made, value: unknown): void {
  replaceFile(file, [`${JSON.stringify({ format: FORMAT, origin, made, value }, withoutFolders)}\n`]);
}

/** Results are shared: of a model or adapter in somebody's folders the last two names say enough, its digest the rest. */
function withoutFolders(key: string, value: unknown): unknown {
  if ((key !== "model" && key !== "name") || typeof value !== "string" || !path.isAbsolute(value)) return value;
  return value.split(path.sep).slice(-2).join("/");
}

/** @throws FileFormatError for what is no result */
export function readMade(file: string): Made {
  const { format, made } = readJsonObject(file);
  if (format !== FORMAT || !isJsonObject(made)) throw new FileFormatError(file, `is not a result of format ${FORMAT}`);
  return made as unknown as Made;
}

function readResult(file: string, origin: ResultOrigin): unknown {
  const result = readJsonObject(file);
  if (result.format !== FORMAT || !("value" in result)) throw new FileFormatError(file, `is not a result of format ${FORMAT}`);
  if (canonical(result.origin) !== canonical(origin)) throw new FileFormatError(file, "holds the result of another question; delete it");
  return result.value;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
