/** @file Statistics of one site kind over texts, for one model or for two side by side, accumulated batch by batch. */
import { OptionError } from "../errors.js";
import { type SiteKind, siteName, siteShape } from "../models/sites.js";
import { planBatches } from "./batches.js";
import { checkForeign } from "./donors.js";
import { LaneAdapters } from "./lane-adapters.js";
import type { Model } from "./model.js";
import { PLAN, type Plan, type Statistics } from "./plan.js";
import type { Positions } from "./positions.js";
import { Reporter } from "./progress.js";
import type { Batch, LockStep } from "./protocol.js";
import { donorPlan, type RunOptions, withSessions } from "./score-texts.js";
import type { Text } from "./text.js";

/** Sums of one batch; arrays are float32. */
export interface MeasuredBatch {
  /** positions counted */
  readonly count: number;
  /** `(models, layers, units)`: sums */
  readonly sums: Float32Array;
  /** `(models, layers, units)`: squared deviations from the batch's mean */
  readonly deviations: Float32Array;
  /** `(models, layers, units)`: sums of absolute values; empty unless asked for */
  readonly absolutes: Float32Array;
  /** `(layers, units)`: sums of squared differences; empty for one model */
  readonly changes: Float32Array;
}

/**
 * Runs texts through one model, or through two over the same tokens. Two models on the same weights are lanes of one batch; otherwise
 * the second runs in lock step and hands its values over.
 */
export async function measureTexts(
  models: readonly [Model] | readonly [Model, Model],
  texts: readonly Text[],
  kind: SiteKind,
  positions: Positions,
  options: RunOptions & { readonly absolute?: boolean },
  onBatch: (batch: MeasuredBatch) => void,
): Promise<void> {
  if (kind === "blocks.N.attn.hook_pattern")
    throw new OptionError("site", kind, "a site with one value a unit; a pattern has one for each key");
  const [first, second] = models;
  const foreign = second && !first.sharesWeightsWith(second) ? second : undefined;
  if (foreign) checkForeign(foreign, first);
  const inBatch = second && !foreign ? [first, second] : [first];
  const { absolute } = options;
  const statistics: Statistics = { kind, compare: foreign ? "given" : second ? "pair" : "single", absolute };
  const adapters = new LaneAdapters(inBatch);
  const { scaled, lowRank } = adapters;
  const everyLogit = kind === "logits" || kind === "ln_final.hook_normalized";
  const plan: Plan = {
    attention: first.attentionFor(false),
    scaled,
    lowRank,
    slots: [],
    captures: [],
    statistics,
    head: false,
    cache: false,
  };
  const layers = kind.startsWith("blocks.") ? first.config.layers : 1;
  const sites = Array.from({ length: layers }, (_, layer) => ({ kind, layer, name: siteName(kind, layer) }));
  const donor = foreign && donorPlan(foreign, sites);
  const { units } = siteShape(kind, first.config);
  const lengths = texts.map((text) => text.ids.length);
  const sizing = {
    budget: first.engine.batchBytes,
    lanes: 2,
    newTokens: 0,
    captured: foreign ? layers * units : 0,
    everyLogit,
    size: options.batch,
  };
  const progress = new Reporter(
    "tokens",
    lengths.reduce((a, b) => a + b, 0),
    options.onProgress,
  );
  await withSessions(first, plan, foreign, donor?.plan, async (session, donorSession) => {
    for (const indices of planBatches(lengths, first.config, sizing)) {
      const chosen = indices.map((i) => texts[i]);
      const reply = await first.engine.score(
        {
          batch: batchOf(session, inBatch, chosen, adapters),
          lockStep: foreign && lockStepOf(donorSession, foreign, donor!.adapters, chosen, sites, units),
          statistics: { positions, models: inBatch.length },
          fetch: [PLAN.statsSum, PLAN.statsDeviation, ...(absolute ? [PLAN.statsAbsolute] : []), ...(second ? [PLAN.statsChange] : [])],
        },
        options,
      );
      if (reply.count > 0)
        onBatch({
          count: reply.count,
          sums: reply.outputs[PLAN.statsSum].data as Float32Array,
          deviations: reply.outputs[PLAN.statsDeviation].data as Float32Array,
          absolutes: (reply.outputs[PLAN.statsAbsolute]?.data as Float32Array) ?? new Float32Array(0),
          changes: (reply.outputs[PLAN.statsChange]?.data as Float32Array) ?? new Float32Array(0),
        });
      progress.advance(indices.reduce((sum, i) => sum + lengths[i], 0));
    }
  });
}

function batchOf(session: number, models: readonly Model[], texts: readonly Text[], adapters: LaneAdapters): Batch {
  const lanes = models.flatMap((_, block) =>
    texts.map(({ ids, promptLength }, i) => ({ tokens: ids, promptLength, follows: block * texts.length + i })),
  );
  const laneModels = models.flatMap((model) => texts.map(() => model));
  return { session, lanes, ...adapters.feeds(laneModels), slots: [] };
}

function lockStepOf(
  session: number,
  model: Model,
  adapters: LaneAdapters,
  texts: readonly Text[],
  sites: readonly { layer: number; name: string }[],
  units: number,
): LockStep {
  return {
    batch: batchOf(session, [model], texts, adapters),
    donorOf: texts.map((_, lane) => lane),
    feeds: sites.map(({ name, layer }) => ({ site: name, input: PLAN.statsGiven(layer), units })),
  };
}
