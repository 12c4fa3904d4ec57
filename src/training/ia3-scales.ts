/** @file Training the scales of an (IA)^3 adapter on top of a model, whose own adapters stay as they are. */
import { createHash } from "node:crypto";
import type { Model } from "../engine/model.js";
import { OptionError } from "../errors.js";
import { mul } from "../graph/index.js";
import { MODULES, type Module, moduleSize } from "../models/decoder.js";
import type { Ia3Adapter, Ia3Scale } from "../weights/peft.js";
import { frozenAdapters, frozenKey, frozenLowRank } from "./frozen-adapters.js";
import { layerScales, outputSlices, type Side } from "./layer-scales.js";
import type { Parameter, Trainable } from "./trainable.js";

/** As PEFT does with Llama's feedforward modules: `down_proj` is scaled at its input, every other module at its output. */
const sideOf = (module: Module): Side => (module === "down_proj" ? "input" : "output");

/**
 * An (IA)^3 adapter (Liu et al. 2022, arXiv 2205.05638): one vector a layer and module, 1 at the start.
 * @param modules which to scale; the paper trains `down_proj` alone (its default)
 * @param name what the adapter is called in results
 * @throws OptionError for no module, or one that the decoder does not have
 */
export function ia3Scales(model: Model, modules: readonly Module[] = ["down_proj"], name = "trained"): Trainable<{ adapter: Ia3Adapter }> {
  const { config } = model;
  const sorted = [...new Set(modules)].sort();
  const odd = sorted.find((module) => !MODULES.includes(module));
  if (sorted.length === 0 || odd !== undefined) throw new OptionError("modules", odd ?? modules, `some of ${MODULES.join(", ")}`);
  const parameters = sorted.map((module): Parameter => {
    const shape = [config.layers, moduleSize(config, module, sideOf(module))];
    return {
      name: keyOf(module, sideOf(module)),
      shape,
      decays: true,
      module,
      initial: () => new Float32Array(shape[0] * shape[1]).fill(1),
    };
  });
  const frozen = frozenAdapters(model);
  return {
    key: `ia3:${sorted.join()}:${frozenKey(model)}`,
    parameters,
    frozen,
    hooks: (weights, parameter) => {
      const trained = (module: Module, side: Side) =>
        parameters.some(({ name }) => name === keyOf(module, side)) ? parameter(keyOf(module, side)) : undefined;
      const below = frozenLowRank(model);
      const outputs = outputSlices(config.layers, (module) => trained(module, "output"));
      return {
        weights,
        scale: layerScales(model, trained),
        // the trained adapter is the outermost: its scales hold for the terms of LoRA adapters below as well
        lowRank: (layer, module, x) => {
          const term = below(layer, module, x);
          const scale = term && outputs(module)[layer];
          return scale ? mul(term, scale) : term;
        },
      };
    },
    finish: (values) => ({ adapter: adapterOf(name, config.layers, sorted, values) }),
  };
}

const keyOf = (module: Module, side: Side): string => `${module}.${side}`;
function adapterOf(name: string, layers: number, modules: readonly Module[], values: ReadonlyMap<string, Float32Array>): Ia3Adapter {
  const digest = createHash("sha256");
  const scales: Ia3Scale[] = [];
  for (let layer = 0; layer < layers; layer++)
    for (const module of modules) {
      const side = sideOf(module);
      const all = values.get(keyOf(module, side))!;
      const size = all.length / layers;
      const own = all.slice(layer * size, (layer + 1) * size);
      digest.update(`${layer} ${module} ${side}`).update(new Uint8Array(own.buffer));
      scales.push({ layer, module, side, values: own });
    }
  return { type: "ia3", name, folder: "", digest: digest.digest("hex"), scales };
}
