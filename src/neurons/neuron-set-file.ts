import fs from "node:fs";
import { FileFormatError, NotFoundError } from "../errors.js";
import type { Neuron, NeuronSetNote, NeuronShape } from "./neuron.js";
import { replaceFile } from "./replace-file.js";

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
  const fields = parse(file, readText(file));
  const fail = (reason: string) =>
    new FileFormatError(file, `${reason}; a neuron set is {model, layers, neurons, set: [[layer, index], …]}`);
  const { model, layers, neurons, set, origin, shortfall } = fields;
  if (typeof model !== "string") throw fail("model is no string");
  if (!isIndex(layers) || !isIndex(neurons)) throw fail("layers and neurons are no non-negative integers");
  if (!Array.isArray(set)) throw fail("set is no list");
  const wrong = set.findIndex((pair: unknown) => !(Array.isArray(pair) && pair.length === 2 && pair.every(isIndex)));
  if (wrong >= 0) throw fail(`set[${wrong}] is no pair of non-negative integers`);
  if (origin !== undefined && !isObject(origin)) throw fail("origin is no object");
  if (shortfall !== undefined && !(Array.isArray(shortfall) && shortfall.every(isIndex))) throw fail("shortfall is no list of layers");
  return {
    shape: { model, layers, neurons },
    list: set as Neuron[],
    note: { ...(origin === undefined ? {} : { origin }), ...(shortfall === undefined ? {} : { shortfall: shortfall as number[] }) },
  };
}

/** Writes `n.json`: beside the file first, then renamed. */
export function writeNeuronSetFile(file: string, { shape, list, note }: NeuronSetContents): void {
  const { model, layers, neurons } = shape;
  replaceFile(file, `${JSON.stringify({ model, layers, neurons, ...note, set: list })}\n`);
}

function readText(file: string): string {
  let bytes: Buffer;
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
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FileFormatError(file, "is no UTF-8 text", { cause: error });
  }
}

function parse(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileFormatError(file, `is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!isObject(value)) throw new FileFormatError(file, "is JSON, but no object");
  return value;
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
