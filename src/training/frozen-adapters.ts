/** @file The own adapters of the model that is trained: they stay as they are, below what is trained. */
import { LowRankFeeds, lowRankModules } from "../engine/lane-low-rank.js";
import { lowRankInputs } from "../engine/low-rank-graph.js";
import type { Model } from "../engine/model.js";
import type { WireTensor } from "../engine/protocol.js";
import { linear } from "../graph/index.js";
import type { DecoderOptions } from "../models/decoder.js";
import { frozenScales } from "./layer-scales.js";

/** (IA)^3 scales and LoRA matrices that the graph is fed. */
export const frozenAdapters = (model: Model): Readonly<Record<string, WireTensor>> => ({
  ...frozenScales(model),
  ...new LowRankFeeds([model], lowRankModules([model])).matrices(),
});

/** Equal for models whose adapters make equal graphs. */
export function frozenKey(model: Model): string {
  const lowRank = lowRankModules([model]);
  return Object.keys(frozenScales(model)).join() + (lowRank.length > 0 ? `:${JSON.stringify(lowRank)}` : "");
}

/** What the model's own LoRA adapters add to a module's output; every lane has all of them. */
export const frozenLowRank =
  (model: Model): NonNullable<DecoderOptions["lowRank"]> =>
  (layer, module, x) => {
    if (!model.lowRank(layer, module)) return undefined;
    const { a, b } = lowRankInputs(model.config, layer, module);
    return linear(linear(x, a), b);
  };
