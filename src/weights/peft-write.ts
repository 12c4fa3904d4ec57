/** @file Writing (IA)^3 adapters in PEFT's form. */

import path from "node:path";
import { OptionError, ShapeError } from "../errors.js";
import { blocks, configName, type Ia3Adapter, type Ia3Module, type Ia3Scale, maxLayers, weightsName } from "./ia3-adapter.js";
import type { JsonObject } from "./json.js";
import { replaceFile } from "./replace-file.js";
import { writeSafetensors } from "./safetensors.js";

/**
 * Writes an adapter as a PEFT folder that Python's peft loads; each file beside, then renamed.
 *
 * @param extras further fields of `adapter_config.json`, such as `base_model_name_or_path`; they win, except over the form itself.
 * @throws OptionError when PEFT's form cannot hold it: no scales, two for one layer and module, or one module scaled on both sides.
 * @throws ShapeError when a module has scales of different lengths.
 */
export function writeIa3Adapter(folder: string, adapter: Pick<Ia3Adapter, "scales">, extras: JsonObject = {}): void {
  const sides = sidesOf(adapter.scales);
  const tensors = adapter.scales.map(({ layer, module, side, values }) => {
    const key = `base_model.model.model.layers.${layer}.${blocks[module]}.${module}.ia3_l`;
    return [key, { dtype: "F32", shape: side === "input" ? [1, values.length] : [values.length, 1], data: values }] as const;
  });
  const modules = [...sides.keys()].sort();
  const config = {
    base_model_name_or_path: null,
    exclude_modules: null,
    inference_mode: true,
    init_ia3_weights: true,
    modules_to_save: null,
    revision: null,
    task_type: "CAUSAL_LM",
    ...extras,
    peft_type: "IA3",
    fan_in_fan_out: false,
    target_modules: modules,
    feedforward_modules: modules.filter((module) => sides.get(module) === "input"),
  };
  writeSafetensors(path.join(folder, weightsName), Object.fromEntries(tensors), { format: "pt" });
  replaceFile(path.join(folder, configName), [`${JSON.stringify(config, undefined, 2)}\n`]);
}

function sidesOf(scales: readonly Ia3Scale[]): Map<Ia3Module, Ia3Scale["side"]> {
  if (scales.length === 0) throw new OptionError("adapter.scales", "none", "one scale or more");
  const seen = new Map<string, Ia3Scale>();
  const sides = new Map<Ia3Module, Ia3Scale["side"]>();
  for (const scale of scales) {
    const { layer, module, side, values } = scale;
    const at = `layer ${layer} ${module}`;
    if (!Object.hasOwn(blocks, module)) throw new OptionError("adapter.scales", module, `a module of ${Object.keys(blocks).join(", ")}`);
    if (!Number.isInteger(layer) || layer < 0 || layer >= maxLayers) throw new OptionError("adapter.scales", layer, "a layer from 0 on");
    if (seen.has(at)) throw new OptionError("adapter.scales", at, "each layer and module once");
    if (!values.every(Number.isFinite)) throw new OptionError("adapter.scales", at, "finite values");
    if ((sides.get(module) ?? side) !== side) throw new OptionError("adapter.scales", at, "one side, input or output, in all layers");
    const first = seen.get(module);
    if (values.length === 0 || (first && first.values.length !== values.length)) {
      throw new ShapeError("writeIa3Adapter", `${at}: ${values.length} values, ${first?.values.length ?? "some"} expected`);
    }
    sides.set(module, side);
    seen.set(at, scale).set(module, scale);
  }
  return sides;
}
