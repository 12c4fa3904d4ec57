/** @file Reading (IA)^3 adapters in PEFT's form: `adapter_config.json` and `adapter_model.safetensors`. Scales only; nothing is merged. */

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, NotFoundError } from "../errors.js";
import { type HubOptions, locateAdapter } from "./hub.js";
import { blocks, configName, type Ia3Adapter, type Ia3Module, type Ia3Scale, maxLayers, weightsName } from "./ia3-adapter.js";
import { type JsonObject, printable, readJsonObject } from "./json.js";
import { readFloat32, readSafetensorsHeader, type TensorInfo } from "./safetensors.js";
import { howToConvert } from "./safetensors-header.js";

export type { Ia3Adapter, Ia3Module, Ia3Scale } from "./ia3-adapter.js";
export { writeIa3Adapter } from "./peft-write.js";

/** Largest weights file read, in bytes. All seven modules of a 405B model take a tenth of it. */
const maxBytes = 2 ** 30;

/**
 * Reads an (IA)^3 adapter (Liu et al. 2022, arXiv 2205.05638) as Python's peft saves it.
 *
 * @param where a folder, an `adapter_model.safetensors` file, or a repository's name on the hub. A file whose folder has no
 *   `adapter_config.json` is read as if `down_proj` were the one feedforward module.
 * @throws NotFoundError when it is nowhere. @throws FileFormatError when it is damaged, or not an (IA)^3 adapter of a Llama-family model.
 */
export async function loadIa3Adapter(where: string, options: HubOptions = {}): Promise<Ia3Adapter> {
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
  const scales = readScales(file, config);
  return { name: where, folder, digest: createHash("sha256").update(fs.readFileSync(file)).digest("hex"), scales };
}

/** What of the configuration the reading depends on. A pattern (text) is never run: the shapes say the same. */
interface Ia3Config {
  readonly target: readonly string[] | undefined;
  readonly feedforward: readonly string[] | undefined;
}

function readConfig(file: string): Ia3Config {
  const config = readJsonObject(file, 2 ** 20);
  const { peft_type: type, modules_to_save: saved } = config;
  if (type !== "IA3") {
    const later = type === "LORA" ? "LoRA comes later" : "other kinds are not read";
    throw new FileFormatError(file, `peft_type is ${printable(JSON.stringify(type) ?? "missing")}; "IA3" is supported, ${later}`);
  }
  if (Array.isArray(saved) && saved.length > 0) {
    throw new FileFormatError(
      file,
      `modules_to_save ${printable(JSON.stringify(saved))}: full modules inside an adapter are not supported`,
    );
  }
  // fan_in_fan_out matters only when scales are merged into transposed weights; they never are here.
  return { target: modulesOf(config, "target_modules", file), feedforward: modulesOf(config, "feedforward_modules", file) };
}

function modulesOf(config: JsonObject, field: string, file: string): readonly string[] | undefined {
  const value = config[field];
  if (value === undefined || value === null || typeof value === "string") return undefined;
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new FileFormatError(file, `${field} is neither a list of names nor a pattern`);
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

/** With or without the adapter's name at the end, and with or without the causal-LM wrapper (a headless base model lacks it). */
const keyForm = /^(?:base_model\.model\.)?(?:model\.)?layers\.(\d{1,4})\.(self_attn|mlp)\.([a-z]{1,4}_proj)\.ia3_l(?:\.default)?$/;

function readScales(file: string, config: Ia3Config | undefined): Ia3Scale[] {
  const { tensors } = readSafetensorsHeader(file);
  if (tensors.size === 0) throw new FileFormatError(file, "no tensors in it");
  const seen = new Set<string>();
  const features = new Map<string, number>();
  const scales = [...tensors.values()].map((info) => {
    const scale = readScale(info, file, config);
    const { layer, module, side, values } = scale;
    const refuse = (reason: string) => new FileFormatError(file, reason, { tensor: printable(info.name) });
    if (seen.has(`${layer} ${module}`)) throw refuse(`a second scale for layer ${layer} ${module}`);
    seen.add(`${layer} ${module}`);
    const expected = features.get(`${module} ${side}`) ?? values.length;
    if (values.length !== expected) throw refuse(`${values.length} values; ${module} has ${expected} in another layer`);
    features.set(`${module} ${side}`, expected);
    return scale;
  });
  return scales.sort((a, b) => a.layer - b.layer || (a.module < b.module ? -1 : 1));
}

function readScale(info: TensorInfo, file: string, config: Ia3Config | undefined): Ia3Scale {
  const refuse = (reason: string): never => {
    throw new FileFormatError(file, reason, { tensor: printable(info.name) });
  };
  const [, digits, block, name] = keyForm.exec(info.name) ?? [];
  const layer = Number(digits);
  if (name === undefined || !Object.hasOwn(blocks, name) || blocks[name as Ia3Module] !== block || layer >= maxLayers) {
    return refuse("unknown; expected base_model.model.model.layers.N.mlp.down_proj.ia3_l or its like for a Llama-family module");
  }
  const module = name as Ia3Module;
  if (config?.target && !names(config.target, info.name)) refuse(`${configName} does not have ${module} in target_modules`);
  const side = sideOf(info, module, config, refuse);
  const values = readFloat32(info);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) refuse(`value ${bad} is ${values[bad]}; scales are finite`);
  return { layer, module, side, values };
}

/** PEFT shapes a feedforward module's scale `(1, in)`, any other's `(out, 1)`. */
function sideOf(info: TensorInfo, module: Ia3Module, config: Ia3Config | undefined, refuse: (reason: string) => never): Ia3Scale["side"] {
  const [rows, columns] = info.shape;
  const shape = `shape [${info.shape.join(", ")}]`;
  if (info.shape.length !== 2 || rows === 0 || columns === 0 || (rows !== 1 && columns !== 1)) {
    return refuse(`${shape}; expected [1, features] (input) or [features, 1] (output)`);
  }
  const feedforward = config ? config.feedforward && names(config.feedforward, info.name) : module === "down_proj";
  const input = rows === 1 && (columns !== 1 || (feedforward ?? module === "down_proj"));
  if (feedforward !== undefined && feedforward !== input) {
    const expected = feedforward ? "a feedforward module has [1, features]" : "a module outside feedforward_modules has [features, 1]";
    return refuse(`${shape}; ${expected}`);
  }
  return input ? "input" : "output";
}

/** PEFT matches a list by the end of the module's path: `down_proj` and `0.mlp.down_proj` both name one. */
function names(list: readonly string[], key: string): boolean {
  const path = key.replace(/\.ia3_l(\.default)?$/, "");
  return list.includes("all-linear") || list.some((name) => path.endsWith(name));
}
