/** @file The matrices of a LoRA adapter in PEFT's form. */

import { FileFormatError } from "../errors.js";
import { type AdapterModule, blocks, configName, maxLayers } from "./adapter-form.js";
import { type JsonObject, printable } from "./json.js";
import type { LoraUpdate } from "./lora-adapter.js";
import { type LoraConfig, readLoraConfig } from "./peft-lora-config.js";
import { readFloat32, readSafetensorsHeader, type TensorInfo } from "./safetensors.js";

/** With or without the adapter's name, and with or without the causal-LM wrapper (a headless base model lacks it). */
const keyForm =
  /^(?:base_model\.model\.)?((?:model\.)?layers\.(\d{1,4})\.(self_attn|mlp)\.([a-z]{1,4}_proj))\.lora_(A|B)(?:\.default)?\.weight$/;

/** Tensors that PEFT saves for what is not read here, and what they are. */
const others: readonly [RegExp, string][] = [
  [/lora_magnitude_vector/, "DoRA"],
  [/lora_embedding_/, "LoRA of an embedding"],
  [/lora_[AB].*\.bias$/, "LoRA with a bias of its own"],
  [/(?:embed_tokens|lm_head)\.(?:.*\.)?weight$/, "a module of the model itself (modules_to_save, or an embedding that was resized)"],
  [/\.base_layer\./, "an adapter saved from under another one; save each from a model that has it alone"],
];

interface Pair {
  readonly layer: number;
  readonly module: AdapterModule;
  readonly path: string;
  A?: TensorInfo;
  B?: TensorInfo;
}

/** @throws FileFormatError */
export function readLora(file: string, json: JsonObject, configFile: string): LoraUpdate[] {
  const config = readLoraConfig(json, configFile);
  const { tensors } = readSafetensorsHeader(file);
  if (tensors.size === 0) throw new FileFormatError(file, "no tensors in it");
  const pairs = new Map<string, Pair>();
  for (const info of tensors.values()) {
    const { layer, module, path, matrix } = placeOf(info, file);
    const key = `${layer} ${module}`;
    const pair = pairs.get(key) ?? { layer, module, path };
    if (pair[matrix]) throw refusal(file, info, `a second lora_${matrix} for layer ${layer} ${module}`);
    pair[matrix] = info;
    pairs.set(key, pair);
  }
  const sizes = new Map<AdapterModule, string>();
  const updates = [...pairs.values()].map((pair) => {
    const update = readUpdate(pair, file, config);
    const { module, rank, a, b } = update;
    const size = `${a.length / rank} inputs and ${b.length / rank} outputs`;
    const expected = sizes.get(module) ?? size;
    if (size !== expected) throw refusal(file, pair.A!, `${size}; ${module} has ${expected} in another layer`);
    sizes.set(module, size);
    return update;
  });
  return updates.sort((x, y) => x.layer - y.layer || (x.module < y.module ? -1 : 1));
}

function placeOf(info: TensorInfo, file: string): { layer: number; module: AdapterModule; path: string; matrix: "A" | "B" } {
  const [, path, digits, block, name, matrix] = keyForm.exec(info.name) ?? [];
  const layer = Number(digits);
  if (name === undefined || !Object.hasOwn(blocks, name) || blocks[name as AdapterModule] !== block || layer >= maxLayers) {
    const known = others.find(([form]) => form.test(info.name));
    if (known) throw refusal(file, info, `${known[1]} is not read`);
    throw refusal(
      file,
      info,
      "unknown; expected base_model.model.model.layers.N.self_attn.q_proj.lora_A.weight or its like for a Llama-family module",
    );
  }
  return { layer, module: name as AdapterModule, path, matrix: matrix as "A" | "B" };
}

function readUpdate({ layer, module, path, A, B }: Pair, file: string, config: LoraConfig): LoraUpdate {
  const one = (A ?? B)!;
  if (!A || !B) throw refusal(file, one, `layer ${layer} ${module} has no lora_${A ? "B" : "A"}`);
  if (!config.targets(path)) throw refusal(file, one, `${configName} does not have ${path} among target_modules`);
  const rank = config.rank(path);
  for (const [info, axis, what] of [
    [A, 0, "[rank, in]"],
    [B, 1, "[out, rank]"],
  ] as const)
    if (info.shape.length !== 2 || info.shape[axis] !== rank || info.shape[1 - axis] === 0)
      throw refusal(file, info, `shape [${info.shape.join(", ")}]; expected ${what} with rank ${rank}, as ${configName} says`);
  return { layer, module, rank, a: finiteValues(A, file), b: finiteValues(B, file), scaling: config.scaling(path, rank) };
}

function finiteValues(info: TensorInfo, file: string): Float32Array {
  const values = readFloat32(info);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) throw refusal(file, info, `value ${i} is ${values[i]}; matrices are finite`);
  return values;
}

const refusal = (file: string, info: TensorInfo, reason: string): FileFormatError =>
  new FileFormatError(file, reason, { tensor: printable(info.name) });
