import fs from "node:fs";
import { FileFormatError, NotFoundError } from "../errors.js";
import { isJsonObject, type JsonObject, parseJsonObject } from "../weights/json.js";
import { replaceFile } from "../weights/replace-file.js";
import type { Neuron, NeuronSetNote, NeuronShape } from "./neuron.js";

/** Far above any model: 64 MiB hold about four million neurons. */
const largestFile = 64 * 2 ** 20;

/** What `n.json` holds: `{model, layers, neurons, set: [[layer, index], …], origin?, shortfall?}`, `set` in rank order. */
export interface NeuronSetContents {
  readonly shape: NeuronShape;
  readonly list: readonly Neuron[];
  readonly note: NeuronSetNote;
}

/**
 * Reads `n.json` and checks the type of every field; ranges and duplicates are the set's own to check. Unknown fields are ignored.
 *
 * @throws NotFoundError where there is no such file
 * @throws FileFormatError for anything but a neuron set
 */
export function readNeuronSetFile(file: string): NeuronSetContents {
  const fields = read(file);
  const fail = (reason: string) =>
    new FileFormatError(file, `${reason}; a neuron set is {model, layers, neurons, set: [[layer, index], …]}`);
  const { model, layers, neurons, set, origin, shortfall } = fields;
  if (typeof model !== "string") throw fail("model is no string");
  if (!isIndex(layers) || !isIndex(neurons)) throw fail("layers and neurons are no non-negative integers");
  if (!Array.isArray(set)) throw fail("set is no list");
  const wrong = set.findIndex((pair: unknown) => !(Array.isArray(pair) && pair.length === 2 && pair.every(isIndex)));
  if (wrong >= 0) throw fail(`set[${wrong}] is no pair of non-negative integers`);
  if (origin !== undefined && !isJsonObject(origin)) throw fail("origin is no object");
  if (shortfall !== undefined && !(Array.isArray(shortfall) && shortfall.every(isIndex))) throw fail("shortfall is no list of layers");
  return {
    shape: { model, layers, neurons },
    list: set as Neuron[],
    note: { origin, shortfall: shortfall as number[] | undefined },
  };
}

/** Writes `n.json`: beside the file first, then renamed. */
export function writeNeuronSetFile(file: string, { shape, list, note }: NeuronSetContents): void {
  const { model, layers, neurons } = shape;
  replaceFile(file, [`${JSON.stringify({ model, layers, neurons, ...note, set: list })}\n`]);
}

function read(file: string): JsonObject {
  let bytes: Uint8Array;
  try {
    // A device or a pipe has no size to check and may never end.
    const stat = fs.statSync(file);
    if (!stat.isFile()) throw new FileFormatError(file, "is no regular file");
    if (stat.size > largestFile)
      throw new FileFormatError(file, `has ${stat.size} bytes, more than the ${largestFile} a neuron set may have`);
    bytes = fs.readFileSync(file);
  } catch (error) {
    if (error instanceof FileFormatError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new NotFoundError(file, `no neuron set at ${file}; \`save\` of a NeuronSet or \`neuronbook find --neurons\` writes one`);
    throw new FileFormatError(file, `cannot be read: ${message}`, { cause: error });
  }
  return parseJsonObject(bytes, file, "the file");
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
