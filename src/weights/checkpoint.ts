/** @file A model's folder: configuration, safetensors weights (one file or shards), and the files beside them. */

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, NotFoundError } from "../errors.js";
import { isJsonObject, type JsonObject, printable, readJsonObject } from "./json.js";
import { headerBytes, howToConvert, openFile, readExactly, readSafetensorsHeader, type TensorInfo } from "./safetensors-header.js";

export interface Checkpoint {
  /** As the user gave it: a repository's name, or the folder. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** The parsed config.json; nothing in it is checked yet. */
  readonly config: JsonObject;
  /** All tensors of all shards by name. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * Identity of the weights, sha256 hex over config.json, each weight file's name, size and header, and three blocks of 64 kB of its
   * data. Quick (milliseconds at any size): it tells models apart, it does not prove that every weight is the same.
   */
  readonly digest: string;
  /** Path of another file of the folder, such as `tokenizer.json`; undefined when it is not there. */
  readonly file: (name: string) => string | undefined;
}

/**
 * A tensor by its Hugging Face name, with or without the leading `model.`.
 * @throws FileFormatError where the checkpoint lacks it
 */
export function tensorOf(checkpoint: Checkpoint, name: string): TensorInfo {
  const info = checkpoint.tensors.get(name) ?? checkpoint.tensors.get(name.replace(/^model\./, ""));
  if (!info) throw new FileFormatError(checkpoint.folder, "is missing; the weights do not fit config.json", { tensor: name });
  return info;
}

export const singleWeights = "model.safetensors";
export const weightsIndex = "model.safetensors.index.json";

/**
 * Opens a Hugging Face checkpoint folder. Headers are read and checked, weights are not.
 *
 * @param name what to call it; default the folder as given.
 * @throws NotFoundError when the folder, config.json or safetensors weights are missing; says how to get them.
 * @throws FileFormatError when a file in it is damaged or hostile.
 */
export function openCheckpoint(folder: string, name: string = folder): Checkpoint {
  const root = path.resolve(folder);
  const file = (part: string) => fileIn(root, part);
  const configFile = file("config.json");
  if (configFile === undefined) throw noConfig(root, name);
  const config = readJsonObject(configFile);
  const weightFiles = weightFilesOf(root, name);
  const tensors = new Map<string, TensorInfo>();
  for (const { file, wanted } of weightFiles) {
    const found = readSafetensorsHeader(file).tensors;
    for (const [tensor, info] of found) {
      if (tensors.has(tensor)) throw new FileFormatError(file, `is in ${tensors.get(tensor)!.file} too`, { tensor });
      tensors.set(tensor, info);
    }
    for (const tensor of wanted) {
      if (!found.has(tensor))
        throw new FileFormatError(file, `missing, though ${weightsIndex} says it is here`, { tensor: printable(tensor) });
    }
  }
  const digest = digestOf(
    configFile,
    weightFiles.map(({ file }) => file),
  );
  return { name, folder: root, config, tensors, digest, file };
}

/**
 * The shards that an index names, each with its tensors, in order of name.
 *
 * @throws FileFormatError for a shard name that is not that of a .safetensors file right beside the index.
 */
export function readWeightsIndex(indexFile: string): ReadonlyMap<string, readonly string[]> {
  const { weight_map: map } = readJsonObject(indexFile);
  if (!isJsonObject(map)) throw new FileFormatError(indexFile, "weight_map is not an object");
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !/^[\w-][\w.-]*\.safetensors$/.test(shard)) {
      const got = printable(JSON.stringify(shard));
      throw new FileFormatError(indexFile, `shard ${got} is not the name of a .safetensors file in the same folder`, {
        tensor: printable(tensor),
      });
    }
    const list = shards.get(shard);
    if (list) list.push(tensor);
    else shards.set(shard, [tensor]);
  }
  if (shards.size === 0) throw new FileFormatError(indexFile, "weight_map is empty");
  return new Map([...shards].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function weightFilesOf(root: string, name: string): { file: string; wanted: readonly string[] }[] {
  const single = fileIn(root, singleWeights);
  if (single !== undefined) return [{ file: single, wanted: [] }];
  const index = fileIn(root, weightsIndex);
  if (index === undefined) throw noWeights(root, name);
  return [...readWeightsIndex(index)].map(([shard, wanted]) => {
    const file = fileIn(root, shard);
    if (file === undefined) throw new NotFoundError(name, `${root} lacks ${shard}, which ${weightsIndex} names; download it again`);
    return { file, wanted };
  });
}

function fileIn(root: string, name: string): string | undefined {
  const file = path.join(root, name);
  if (path.relative(root, file).startsWith("..")) return undefined;
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

function noConfig(root: string, name: string): NotFoundError {
  if (!fs.existsSync(root)) return new NotFoundError(name, `no folder ${root}`);
  if (fileIn(root, "adapter_config.json")) {
    return new NotFoundError(name, `${root} holds a PEFT adapter, not a model: give it as the adapter, and its base model as the model`);
  }
  return new NotFoundError(name, `${root} has no config.json: give the folder of a Hugging Face checkpoint`);
}

function noWeights(root: string, name: string): NotFoundError {
  const others = fs.readdirSync(root).filter((file) => /\.(bin|pt|pth|ckpt|gguf|h5|msgpack|safetensors)$/.test(file));
  const pickles = others.some((file) => /\.(bin|pt|pth|ckpt)$/.test(file));
  const has = others.length > 0 ? `, only ${printable(others.slice(0, 4).join(", "))}` : "";
  const advice = pickles ? `. Pickle is never loaded; save the model as safetensors: ${howToConvert}` : "; download it again";
  return new NotFoundError(name, `${root} has neither ${singleWeights} nor ${weightsIndex}${has}${advice}`);
}

const block = 65_536;

function digestOf(configFile: string, weightFiles: readonly string[]): string {
  const hash = createHash("sha256").update(fs.readFileSync(configFile));
  for (const file of weightFiles) {
    const { bytes, size } = headerBytes(file);
    hash.update(JSON.stringify([path.basename(file), size, bytes.byteLength])).update(bytes);
    const start = 8 + bytes.byteLength;
    const last = Math.max(start, size - block);
    const { fd } = openFile(file);
    try {
      for (const position of [start, Math.floor((start + last) / 2), last]) {
        const data = new Uint8Array(Math.min(block, size - position));
        readExactly(fd, data, position, file);
        hash.update(data);
      }
    } finally {
      fs.closeSync(fd);
    }
  }
  return hash.digest("hex");
}
