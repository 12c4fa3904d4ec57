/** @file The adapters of the models that stand in one batch: which inputs the graph needs for them, and what these are fed. */
import { LowRankFeeds, lowRankModules } from "./lane-low-rank.js";
import { scaledModules, scaleFeeds } from "./lane-scales.js";
import type { Model } from "./model.js";
import type { Plan } from "./plan.js";
import type { Batch } from "./protocol.js";

export class LaneAdapters {
  /** (IA)^3 scales that the graph takes as inputs; `down_proj` always, so that bare models and adapters share a session */
  readonly scaled: Plan["scaled"];
  /** LoRA terms that the graph has; none where no model has LoRA */
  readonly lowRank: Plan["lowRank"];
  private readonly lowRankFeeds: LowRankFeeds;

  /** @param models all that have a lane, on the same weights */
  constructor(models: readonly Model[]) {
    this.scaled = scaledModules(models);
    this.lowRank = lowRankModules(models);
    this.lowRankFeeds = new LowRankFeeds(models, this.lowRank);
  }

  /** @param laneModels the model of each lane */
  feeds(laneModels: readonly Model[]): Pick<Batch, "laneFeeds" | "sharedFeeds"> {
    return {
      laneFeeds: { ...scaleFeeds(laneModels, this.scaled), ...this.lowRankFeeds.masks(laneModels) },
      sharedFeeds: this.lowRankFeeds.matrices(),
    };
  }
}
