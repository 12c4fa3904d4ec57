/** @file Adapter scales in a training graph: those of the model's own adapters as they are, times trained ones. */
import type { Model } from "../engine/model.js";
import type { WireTensor } from "../engine/protocol.js";
import { input, mul, split, type Tensor, unsqueeze } from "../graph/index.js";
import { type DecoderOptions, type Module, moduleSize } from "../models/decoder.js";

export type Side = "input" | "output";

const frozenName = (module: Module, side: Side): string => `frozen.${module}.${side}`;

/** Every lane has the same scales. */
const shapeOf = ({ config }: Model, module: Module, side: Side): number[] => [1, config.layers, moduleSize(config, module, side)];

/** The model's own scales, `(1, layers, size)` each. */
export function frozenScales(model: Model): Record<string, WireTensor> {
  return Object.fromEntries(
    model.scaledModules.map(({ module, side }) => [
      frozenName(module, side),
      { dtype: "float32", dims: shapeOf(model, module, side), data: model.scales(module, side)! },
    ]),
  );
}

/** Trained output scales `(layers, size)` of a module, cut once into `(1, 1, size)` a layer. */
export function outputSlices(layers: number, trained: (module: Module) => Tensor | undefined): (module: Module) => readonly Tensor[] {
  const cut = new Map<Module, readonly Tensor[]>();
  return (module) => {
    const whole = cut.has(module) ? undefined : trained(module);
    if (!cut.has(module)) cut.set(module, whole ? split(unsqueeze(whole, [0]), new Array<number>(layers).fill(1), 1) : []);
    return cut.get(module)!;
  };
}

/** @param trained `(layers, size)`; undefined where nothing is trained */
export function layerScales(model: Model, trained: (module: Module, side: Side) => Tensor | undefined): DecoderOptions["scale"] {
  const own = new Set(model.scaledModules.map(({ module, side }) => frozenName(module, side)));
  const cut = new Map<string, readonly Tensor[] | undefined>();
  const slices = (module: Module, side: Side): readonly Tensor[] | undefined => {
    const name = frozenName(module, side);
    const fixed = own.has(name) ? input(name, "float32", shapeOf(model, module, side)) : undefined;
    const moving = trained(module, side);
    const whole = moving && (fixed ? mul(fixed, unsqueeze(moving, [0])) : unsqueeze(moving, [0]));
    const scales = whole ?? fixed;
    return scales && split(scales, new Array<number>(model.config.layers).fill(1), 1);
  };
  return (layer, module, side) => {
    const name = frozenName(module, side);
    if (!cut.has(name)) cut.set(name, slices(module, side));
    return cut.get(name)?.[layer];
  };
}
