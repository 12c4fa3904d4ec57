/** @file (IA)^3 scales as inputs of the graph: a row a lane, so that lanes of one batch may stand for models with other adapters. */
import { type Module, moduleSize } from "../models/decoder.js";
import type { Model } from "./model.js";
import { PLAN, type Plan } from "./plan.js";
import type { WireTensor } from "./protocol.js";

/** Adapter scales of several models as graph inputs, sorted; `down_proj` is always one. */
export function scaledModules(models: readonly Model[]): { module: Module; side: "input" | "output" }[] {
  const keys = new Set(["down_proj.input", ...models.flatMap((m) => m.scaledModules.map(({ module, side }) => `${module}.${side}`))]);
  return [...keys].sort().map((key) => ({ module: key.split(".")[0] as Module, side: key.split(".")[1] as "input" | "output" }));
}

/** Rows of scales, one a lane; 1 where a lane's model has no adapter there. */
export function scaleFeeds(laneModels: readonly Model[], scaled: Plan["scaled"]): Record<string, WireTensor> {
  return Object.fromEntries(
    scaled.map(({ module, side }) => {
      const { config } = laneModels[0];
      const size = moduleSize(config, module, side);
      const row = config.layers * size;
      const data = new Float32Array(laneModels.length * row).fill(1);
      laneModels.forEach((model, lane) => {
        const scales = model.scales(module, side);
        if (scales) data.set(scales, lane * row);
      });
      return [PLAN.scale(module, side), { dtype: "float32" as const, dims: [laneModels.length, config.layers, size], data }];
    }),
  );
}
