/** @file From a plan to the bytes of its ONNX model. */
import {
  argmax,
  type CompiledGraph,
  compile,
  gather,
  gatherElements,
  input,
  logSumExp,
  reshape,
  sub,
  type Tensor,
  unsqueeze,
} from "../graph/index.js";
import { OUTPUTS } from "../models/attention.js";
import type { DecoderConfig } from "../models/config.js";
import { decoder, type Module, moduleSize, type Weights } from "../models/decoder.js";
import type { Site, SiteKind } from "../models/sites.js";
import { layerSlices } from "./layer-slices.js";
import { lowRankTerm } from "./low-rank-graph.js";
import { PLAN, type Plan } from "./plan.js";
import { slotApplier } from "./slot-graph.js";
import { StatisticsGraph } from "./statistics-graph.js";

/** The ONNX model of a plan. */
export function compilePlan(config: DecoderConfig, weights: Weights, plan: Plan): CompiledGraph {
  const outputs: Record<string, Tensor> = {};
  const statistics = plan.statistics && new StatisticsGraph(plan.statistics);
  const captured = new Set(plan.captures.map((c) => c.name));
  const layerOf = layerSlices();
  const applySlot = slotApplier(config);
  const onSite = (site: Site, value: Tensor): Tensor => {
    let changed = value;
    plan.slots.forEach((slot, index) => {
      if (slot.kind === site.kind && slot.layers.includes(site.layer)) changed = applySlot(slot, index, site, changed);
    });
    if (captured.has(site.name))
      outputs[PLAN.capture(site.name)] = gather(
        reshape(changed, ["positions", ...changed.shape.slice(2)]),
        input(PLAN.captureRows, "int64", ["captured"]),
      );
    statistics?.visit(site, changed);
    return changed;
  };
  const touched = (kind: SiteKind) => [...plan.slots, ...plan.captures, plan.statistics].some((at) => at?.kind === kind);
  const scaled = (module: Module, side: "input" | "output") => plan.scaled.some((s) => s.module === module && s.side === side);
  const model = decoder(config, weights, {
    attention: plan.attention,
    cached: plan.cache,
    everyLogit: touched("ln_final.hook_normalized") || touched("logits"),
    onSite,
    scale: (layer, module, side) => {
      if (!scaled(module, side)) return undefined;
      return layerOf(PLAN.scale(module, side), "float32", config.layers, moduleSize(config, module, side), layer);
    },
    lowRank: lowRankTerm(config, plan.lowRank),
  });
  // a site on the logits is visited as they are computed
  const logits = plan.head || touched("logits") ? model.logits() : undefined;
  if (plan.head && logits) {
    // generation scores no row: a sum over the vocabulary costs as much as a layer there
    const scored = gather(logits, input(PLAN.scored, "int64", ["scored"]));
    const targets = unsqueeze(input(PLAN.targets, "int64", ["scored"]), [1]);
    outputs.logits = logits;
    outputs.next = argmax(logits);
    outputs.logprob = sub(gatherElements(scored, targets, 1), logSumExp(scored, { axes: [1], keep: true }));
  }
  if (plan.cache)
    model.cache.forEach(({ key, value }, layer) => {
      outputs[OUTPUTS.key(layer)] = key;
      outputs[OUTPUTS.value(layer)] = value;
    });
  if (statistics) Object.assign(outputs, statistics.outputs());
  return compile(outputs);
}
