/** @file Writing adapters in PEFT's form. */

import path from "node:path";
import { configName, weightsName } from "./adapter-form.js";
import type { Ia3Adapter } from "./ia3-adapter.js";
import type { JsonObject } from "./json.js";
import type { LoraAdapter } from "./lora-adapter.js";
import { ia3Form } from "./peft-write-ia3.js";
import { loraForm } from "./peft-write-lora.js";
import { replaceFile } from "./replace-file.js";
import { writeSafetensors } from "./safetensors.js";

/**
 * Writes an adapter as a PEFT folder that Python's peft loads; each file beside, then renamed.
 *
 * @param extras further fields of `adapter_config.json`, such as `base_model_name_or_path`; they win, except over the form itself.
 * @throws OptionError when PEFT's form cannot hold it: nothing in it, two entries for one layer and module, or (IA)^3 scales on both sides
 *   of one module.
 * @throws ShapeError when a module has entries of different sizes.
 */
export function writeAdapter(
  folder: string,
  adapter: Pick<Ia3Adapter, "type" | "scales"> | Pick<LoraAdapter, "type" | "updates">,
  extras: JsonObject = {},
): void {
  const { tensors, defaults, fields } = adapter.type === "ia3" ? ia3Form(adapter.scales) : loraForm(adapter.updates);
  const config = {
    base_model_name_or_path: null,
    exclude_modules: null,
    inference_mode: true,
    modules_to_save: null,
    revision: null,
    task_type: "CAUSAL_LM",
    ...defaults,
    ...extras,
    fan_in_fan_out: false,
    ...fields,
  };
  writeSafetensors(path.join(folder, weightsName), tensors, { format: "pt" });
  replaceFile(path.join(folder, configName), [`${JSON.stringify(config, undefined, 2)}\n`]);
}
