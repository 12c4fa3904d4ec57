/** @file Reading adapters in PEFT's form: `adapter_config.json` and `adapter_model.safetensors`. Nothing is merged into weights. */

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, NotFoundError } from "../errors.js";
import { type AdapterIdentity, configName, weightsName } from "./adapter-form.js";
import { type HubOptions, locateAdapter } from "./hub.js";
import type { Ia3Adapter } from "./ia3-adapter.js";
import { type JsonObject, printable, readJsonObject } from "./json.js";
import type { LoraAdapter } from "./lora-adapter.js";
import { readIa3 } from "./peft-ia3.js";
import { readLora } from "./peft-lora.js";
import { howToConvert } from "./safetensors-header.js";

export type { Ia3Adapter, Ia3Scale } from "./ia3-adapter.js";
export type { LoraAdapter, LoraUpdate } from "./lora-adapter.js";
export { writeAdapter } from "./peft-write.js";

/** An adapter of whatever kind; `type` tells them apart. */
export type Adapter = Ia3Adapter | LoraAdapter;

/** Largest weights file read, in bytes. Rank 128 on all seven modules of a 70B model takes half of it. */
const maxBytes = 2 ** 33;

/**
 * Reads an adapter as Python's peft saves it: (IA)^3 (arXiv 2205.05638) or LoRA (arXiv 2106.09685), as its `peft_type` says.
 *
 * @param where a folder, an `adapter_model.safetensors` file, or a repository's name on the hub. A file whose folder has no
 *   `adapter_config.json` is read as (IA)^3, as if `down_proj` were the one feedforward module.
 * @throws NotFoundError when it is nowhere. @throws FileFormatError when it is damaged, of another kind (DoRA, full modules, biases), or
 *   not an adapter of a Llama-family model.
 */
export async function loadAdapter(where: string, options: HubOptions = {}): Promise<Adapter> {
  const located = await locateAdapter(where, options);
  const isFile = fs.statSync(located).isFile();
  const folder = isFile ? path.dirname(located) : located;
  const configFile = path.join(folder, configName);
  if (!isFile && !fs.existsSync(configFile))
    throw new NotFoundError(where, `${folder} has no ${configName}: give the folder of a PEFT adapter`);
  const config = fs.existsSync(configFile) ? readConfig(configFile) : undefined;
  const file = isFile ? located : weightsIn(folder, where);
  const { size } = fs.statSync(file);
  if (size > maxBytes) throw new FileFormatError(file, `${size} bytes; an adapter has at most ${maxBytes}`);
  if (config?.peft_type === "LORA") return { type: "lora", ...identity(), updates: readLora(file, config, configFile) };
  return { type: "ia3", ...identity(), scales: readIa3(file, config, configFile) };

  function identity(): AdapterIdentity {
    return { name: where, folder, digest: digestOf(file) };
  }
}

function readConfig(file: string): JsonObject {
  const config = readJsonObject(file, 2 ** 20);
  const { peft_type: type, modules_to_save: saved } = config;
  if (type !== "IA3" && type !== "LORA") {
    const got = printable(JSON.stringify(type) ?? "missing");
    throw new FileFormatError(file, `peft_type is ${got}; "IA3" and "LORA" are read, other kinds are not`);
  }
  if (Array.isArray(saved) && saved.length > 0) {
    throw new FileFormatError(
      file,
      `modules_to_save ${printable(JSON.stringify(saved))}: full modules inside an adapter are not read; merge it in Python ` +
        "(model.merge_and_unload(), then save_pretrained) and open the result as a model",
    );
  }
  return config;
}

function weightsIn(folder: string, where: string): string {
  const file = path.join(folder, weightsName);
  if (fs.existsSync(file)) return file;
  if (fs.existsSync(path.join(folder, "adapter_model.bin"))) {
    throw new FileFormatError(
      path.join(folder, "adapter_model.bin"),
      `a pickle, which is never loaded; save the adapter as safetensors: ${howToConvert}`,
    );
  }
  throw new NotFoundError(where, `${folder} has no ${weightsName}`);
}

/** In parts: a file of gigabytes is never held whole. */
function digestOf(file: string): string {
  const hash = createHash("sha256");
  const fd = fs.openSync(file, "r");
  try {
    const part = Buffer.alloc(2 ** 20);
    for (let read = fs.readSync(fd, part); read > 0; read = fs.readSync(fd, part)) hash.update(part.subarray(0, read));
  } finally {
    fs.closeSync(fd);
  }
  return hash.digest("hex");
}
