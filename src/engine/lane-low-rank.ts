/** @file What is fed for LoRA: the matrices of all models of a batch, one behind the other along the rank, and each lane's ranks. */
import { type Module, moduleSize } from "../models/decoder.js";
import type { Model } from "./model.js";
import { PLAN, type Plan } from "./plan.js";
import type { WireTensor } from "./protocol.js";

type Feeds = Readonly<Record<string, WireTensor>>;

/** Modules and layers in which some of the models has LoRA, sorted; empty where none has any, and then the graph has no trace of it. */
export function lowRankModules(models: readonly Model[]): Plan["lowRank"] {
  const layers = new Map<Module, Set<number>>();
  for (const { adapters } of models)
    for (const adapter of adapters)
      if (adapter.type === "lora")
        for (const { module, layer } of adapter.updates) layers.set(module, (layers.get(module) ?? new Set()).add(layer));
  return [...layers]
    .map(([module, set]) => ({ module, layers: [...set].sort((a, b) => a - b) }))
    .sort((a, b) => (a.module < b.module ? -1 : 1));
}

/** What is fed for the LoRA adapters of some models. */
export class LowRankFeeds {
  private readonly models: readonly Model[];
  /** matrices, made at first use */
  private made: Feeds | undefined;
  /** by module: the first of each model's ranks, and behind the last the number of all */
  private readonly starts = new Map<Module, readonly number[]>();

  constructor(
    models: readonly Model[],
    private readonly lowRank: Plan["lowRank"],
  ) {
    this.models = [...new Set(models)];
    for (const { module, layers } of lowRank) {
      const starts = [0];
      for (const model of this.models)
        starts.push(layers.reduce((most, layer) => Math.max(most, model.lowRank(layer, module)?.rank ?? 0), 0) + starts.at(-1)!);
      this.starts.set(module, starts);
    }
  }

  /** `(lanes, 1, ranks)` a module: 1 at the ranks of the lane's own model */
  masks(laneModels: readonly Model[]): Feeds {
    const entries = [...this.starts].map(([module, starts]) => {
      const total = starts.at(-1)!;
      const data = new Float32Array(laneModels.length * total);
      laneModels.forEach((model, lane) => {
        const at = this.models.indexOf(model);
        data.fill(1, lane * total + starts[at], lane * total + starts[at + 1]);
      });
      return [PLAN.rankMask(module), { dtype: "float32" as const, dims: [laneModels.length, 1, total], data }];
    });
    return Object.fromEntries(entries);
  }

  /** The matrices, for all lanes. Where a layer has fewer ranks than another, the rest is 0. */
  matrices(): Feeds {
    this.made ??= Object.fromEntries(
      this.lowRank.flatMap(({ module, layers }) => layers.flatMap((layer) => Object.entries(this.matricesOf(module, layer)))),
    );
    return this.made;
  }

  private matricesOf(module: Module, layer: number): Feeds {
    const { config } = this.models[0];
    const starts = this.starts.get(module)!;
    const total = starts.at(-1)!;
    const [inputs, outputs] = [moduleSize(config, module, "input"), moduleSize(config, module, "output")];
    const a = new Float32Array(total * inputs);
    const b = new Float32Array(outputs * total);
    this.models.forEach((model, at) => {
      const term = model.lowRank(layer, module);
      if (!term) return;
      a.set(term.a, starts[at] * inputs);
      for (let o = 0; o < outputs; o++) b.set(term.b.subarray(o * term.rank, (o + 1) * term.rank), o * total + starts[at]);
    });
    return {
      [PLAN.lowRank(module, layer, "a")]: { dtype: "float32", dims: [total, inputs], data: a },
      [PLAN.lowRank(module, layer, "b")]: { dtype: "float32", dims: [outputs, total], data: b },
    };
  }
}
