/** @file The scales of an (IA)^3 adapter in PEFT's form. */

import { FileFormatError } from "../errors.js";
import { type AdapterModule, blocks, configName, maxLayers } from "./adapter-form.js";
import type { Ia3Scale } from "./ia3-adapter.js";
import { type JsonObject, printable } from "./json.js";
import { modulesOf } from "./peft-lora-config.js";
import { readFloat32, readSafetensorsHeader, type TensorInfo } from "./safetensors.js";

/** What of the configuration the reading depends on. A pattern (text) is never run: the shapes say the same. */
interface Ia3Config {
  readonly target: readonly string[] | undefined;
  readonly feedforward: readonly string[] | undefined;
}

/** Far more than all seven modules of a 405B model take. */
const maxBytes = 2 ** 30;

/** With or without the adapter's name at the end, and with or without the causal-LM wrapper (a headless base model lacks it). */
const keyForm = /^(?:base_model\.model\.)?(?:model\.)?layers\.(\d{1,4})\.(self_attn|mlp)\.([a-z]{1,4}_proj)\.ia3_l(?:\.default)?$/;

/** @param json the configuration; undefined for a file without one */
export function readIa3(file: string, json: JsonObject | undefined, configFile: string): Ia3Scale[] {
  // fan_in_fan_out matters only when scales are merged into transposed weights; they never are here.
  const config = json && {
    target: modulesOf(json, "target_modules", configFile),
    feedforward: modulesOf(json, "feedforward_modules", configFile),
  };
  const { tensors } = readSafetensorsHeader(file);
  if (tensors.size === 0) throw new FileFormatError(file, "no tensors in it");
  const size = [...tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  if (size > maxBytes) throw new FileFormatError(file, `${size} bytes of scales; an (IA)^3 adapter has at most ${maxBytes}`);
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
  if (name === undefined || !Object.hasOwn(blocks, name) || blocks[name as AdapterModule] !== block || layer >= maxLayers) {
    if (config === undefined && info.name.includes(".lora_"))
      return refuse(`LoRA, whose ${configName} says how it is scaled; give the folder that has both files`);
    return refuse("unknown; expected base_model.model.model.layers.N.mlp.down_proj.ia3_l or its like for a Llama-family module");
  }
  const module = name as AdapterModule;
  if (config?.target && !names(config.target, info.name)) refuse(`${configName} does not have ${module} in target_modules`);
  const side = sideOf(info, module, config, refuse);
  const values = readFloat32(info);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) refuse(`value ${bad} is ${values[bad]}; scales are finite`);
  return { layer, module, side, values };
}

/** PEFT shapes a feedforward module's scale `(1, in)`, any other's `(out, 1)`. */
function sideOf(
  info: TensorInfo,
  module: AdapterModule,
  config: Ia3Config | undefined,
  refuse: (reason: string) => never,
): Ia3Scale["side"] {
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
