/** @file (IA)^3 scales as PEFT keeps them. */

import { OptionError, ShapeError } from "../errors.js";
import { type AdapterModule, checkPlace, moduleKey, type PeftForm } from "./adapter-form.js";
import type { Ia3Scale } from "./ia3-adapter.js";

/** @throws OptionError, ShapeError */
export function ia3Form(scales: readonly Ia3Scale[]): PeftForm {
  const sides = sidesOf(scales);
  const modules = [...sides.keys()].sort();
  const tensors = scales.map(({ layer, module, side, values }) => {
    const shape = side === "input" ? [1, values.length] : [values.length, 1];
    return [`${moduleKey(layer, module)}.ia3_l`, { dtype: "F32", shape, data: values }] as const;
  });
  return {
    tensors: Object.fromEntries(tensors),
    defaults: { init_ia3_weights: true },
    fields: {
      peft_type: "IA3",
      target_modules: modules,
      feedforward_modules: modules.filter((module) => sides.get(module) === "input"),
    },
  };
}

function sidesOf(scales: readonly Ia3Scale[]): Map<AdapterModule, Ia3Scale["side"]> {
  if (scales.length === 0) throw new OptionError("adapter.scales", "none", "one scale or more");
  const seen = new Set<string>();
  const first = new Map<AdapterModule, Ia3Scale>();
  for (const scale of scales) {
    const { layer, module, side, values } = scale;
    const at = checkPlace("adapter.scales", layer, module, seen);
    if (!values.every(Number.isFinite)) throw new OptionError("adapter.scales", at, "finite values");
    const known = first.get(module) ?? scale;
    if (known.side !== side) throw new OptionError("adapter.scales", at, "one side, input or output, in all layers");
    if (values.length === 0 || known.values.length !== values.length)
      throw new ShapeError("writeAdapter", `${at}: ${values.length} values, ${known.values.length || "some"} expected`);
    first.set(module, known);
  }
  return new Map([...first].map(([module, { side }]) => [module, side]));
}
