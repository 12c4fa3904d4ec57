/**
 * @file LoRA in the graph. The matrices of all models of a batch lie one behind the other along the rank, read once for all lanes; a mask
 * lets each lane see its own model's ranks. So lanes with other adapters share one product, and a model's matrices are there once, however
 * many lanes it has.
 */
import { input, linear, mul, type Tensor } from "../graph/index.js";
import type { DecoderConfig } from "../models/config.js";
import { type DecoderOptions, type Module, moduleSize } from "../models/decoder.js";
import { PLAN, type Plan } from "./plan.js";

/** In the graph: what the lanes' LoRA adapters add to a module's output. */
export function lowRankTerm(config: DecoderConfig, lowRank: Plan["lowRank"]): NonNullable<DecoderOptions["lowRank"]> {
  return (layer, module, x) => {
    if (!lowRank.some((at) => at.module === module && at.layers.includes(layer))) return undefined;
    const { a, b } = lowRankInputs(config, layer, module);
    return linear(mul(linear(x, a), input(PLAN.rankMask(module), "float32", ["batch", 1, ranksOf(module)])), b);
  };
}

/** The rank is free, so that adapters of other ranks share the graph. */
const ranksOf = (module: Module): string => `ranks.${module}`;

/** Inputs for a module's matrices: a `(ranks, in)`, b `(out, ranks)`. */
export const lowRankInputs = (config: DecoderConfig, layer: number, module: Module): { a: Tensor; b: Tensor } => ({
  a: input(PLAN.lowRank(module, layer, "a"), "float32", [ranksOf(module), moduleSize(config, module, "input")]),
  b: input(PLAN.lowRank(module, layer, "b"), "float32", [moduleSize(config, module, "output"), ranksOf(module)]),
});
