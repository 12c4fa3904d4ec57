/**
 * @file From models and interventions to lanes: the rows of a batch, the slots of the graph and what each slot does to each row.
 * A donor that shares the recipient's weights is a row of the same batch; one with other weights is a batch of its own in lock step.
 */
import { OptionError, SiteError } from "../errors.js";
import { hasLayer, NEURON_SITE, type Site, site, siteName, siteShape } from "../models/sites.js";
import { checkSameSite, type Donor, donorOf, sameForeign } from "./donors.js";
import type { Intervention } from "./interventions.js";
import { LaneAdapters } from "./lane-adapters.js";
import type { Model } from "./model.js";
import { publishOrigin } from "./origin-channel.js";
import { PLAN, type Slot } from "./plan.js";
import { checkPositions, chosenPositions } from "./positions.js";
import type { Batch, Lane, LockStep, SlotUse, Touch, WireTensor } from "./protocol.js";
import { laidOut, savedPositions } from "./saved-values.js";
import { type ResolvedTarget, resolveTarget, unitValue } from "./targets.js";
import type { Text } from "./text.js";

interface PlannedSlot {
  readonly slot: Slot;
  /** undefined for the idle slot that keeps graphs equal */
  readonly intervention?: Intervention;
  readonly target?: ResolvedTarget;
  /** index into donors */
  readonly donor?: number;
}

export class LanePlan {
  /** of the recipient and the donors in its batch */
  readonly adapters: LaneAdapters;

  private constructor(
    readonly model: Model,
    private readonly planned: readonly PlannedSlot[],
    private readonly donors: readonly Donor[],
    /** a donor with other weights */
    readonly foreign: Model | undefined,
  ) {
    const inBatch = [model, ...donors.map((donor) => donor.model)];
    this.adapters = new LaneAdapters(inBatch);
    for (const used of foreign === undefined ? inBatch : [...inBatch, foreign]) publishOrigin({ model: used.origin });
  }

  /**
   * @param count number of texts
   * @param options `shareable`: give the graph a neuron patch slot even when idle, so that runs with and without patch share a session
   * @throws OptionError, SiteError
   */
  static async make(
    model: Model,
    interventions: readonly Intervention[],
    count: number,
    options: { shareable: boolean; chat?: boolean },
  ): Promise<LanePlan> {
    const donors: Donor[] = [];
    const planned: PlannedSlot[] = [];
    let foreign: Model | undefined;
    for (const intervention of interventions) {
      checkPositions(intervention.positions);
      for (const target of resolveTarget(intervention.target, model.config)) {
        if (intervention.type !== "patch") {
          planned.push({ slot: slotOf(model, intervention.type, target, intervention), intervention, target });
          continue;
        }
        const { source } = intervention;
        if (source.type === "saved" || (source.type === "model" && !source.model.sharesWeightsWith(model))) {
          if (target.kind === "blocks.N.attn.hook_pattern")
            throw new SiteError(target.kind, "a pattern is patched only between rows of one batch; use a model on the same weights");
          if (source.type === "model") {
            foreign = sameForeign(foreign, source.model, model);
            checkSameSite(target.kind, foreign, model);
          }
          planned.push({ slot: slotOf(model, "given", target), intervention, target });
          continue;
        }
        const donor = await donorOf(model, source, count, options.chat);
        let index = donors.findIndex((known) => known.model === donor.model && !known.prompts && !donor.prompts);
        if (index < 0) index = donors.push(donor) - 1;
        planned.push({ slot: slotOf(model, "lane", target), intervention, target, donor: index });
      }
    }
    const patchesNeurons = planned.some(({ slot }) => slot.type === "lane" && slot.kind === NEURON_SITE);
    if (options.shareable && !patchesNeurons) planned.unshift({ slot: { type: "lane", kind: NEURON_SITE, layers: everyLayer(model) } });
    return new LanePlan(model, planned, donors, foreign);
  }

  get slots(): Slot[] {
    return this.planned.map(({ slot }) => slot);
  }

  /** Rows of the batch that each text needs. */
  get lanesPerText(): number {
    return 1 + this.donors.length;
  }

  get touchesPattern(): boolean {
    return this.planned.some(({ slot }) => slot.kind === "blocks.N.attn.hook_pattern");
  }

  /** Sites that are taken from the donor with other weights. */
  get foreignSites(): Site[] {
    const names = new Map<string, Site>();
    for (const { slot, intervention } of this.planned)
      if (intervention?.type === "patch" && intervention.source.type === "model" && slot.type === "given")
        for (const layer of slot.layers) names.set(siteName(slot.kind, layer), site(slot.kind, layer));
    return [...names.values()];
  }

  /**
   * Rows `0 … texts-1` are the recipients, then one block of rows for each donor.
   * @param numbers place of each text in the call, for prompts of donors and saved values
   */
  batch(session: number, texts: readonly Text[], numbers: readonly number[]): Batch {
    const models = [this.model, ...this.donors.map((donor) => donor.model)];
    const lanes = models.flatMap((_, block) => texts.map((text, i) => this.lane(block, text, i, numbers[i])));
    const laneModels = models.flatMap((model) => texts.map(() => model));
    const { laneFeeds, sharedFeeds } = this.adapters.feeds(laneModels);
    const slotFeeds: Record<string, WireTensor> = {};
    const slots = this.planned.map((planned, index) => {
      Object.assign(slotFeeds, this.slotValues(planned, index, texts.length, lanes.length));
      return this.slotUse(planned, lanes, texts, numbers);
    });
    return { session, lanes, laneFeeds: { ...laneFeeds, ...slotFeeds }, sharedFeeds, slots };
  }

  /** The batch of a donor with other weights, whose adapters are given, and where its values go. */
  lockStep(session: number, adapters: LaneAdapters, texts: readonly Text[]): LockStep {
    const model = this.foreign!;
    const lanes: Lane[] = texts.map((text, i) => ({ tokens: text.ids, promptLength: text.promptLength, follows: i }));
    const recipients = texts.length * this.lanesPerText;
    return {
      batch: {
        session,
        lanes,
        ...adapters.feeds(texts.map(() => model)),
        slots: [],
      },
      donorOf: Array.from({ length: recipients }, (_, lane) => (lane < texts.length ? lane : -1)),
      feeds: this.planned.flatMap(({ slot, intervention }, index) =>
        intervention?.type === "patch" && intervention.source.type === "model" && slot.type === "given"
          ? slot.layers.map((layer) => ({ site: siteName(slot.kind, layer), input: PLAN.given(index, layer), units: this.units(slot) }))
          : [],
      ),
    };
  }

  private units(slot: Slot): number {
    return siteShape(slot.kind, this.model.config).units;
  }

  private lane(block: number, text: Text, follows: number, number: number): Lane {
    const prompts = block > 0 ? this.donors[block - 1].prompts : undefined;
    const ids = prompts ? prompts[number % prompts.length].ids : text.ids;
    return { tokens: ids, promptLength: prompts ? ids.length : text.promptLength, follows };
  }

  /** Inputs of a slot that stay the same while the text grows. */
  private slotValues(
    { slot, intervention, target }: PlannedSlot,
    index: number,
    recipients: number,
    lanes: number,
  ): Record<string, WireTensor> {
    const units = this.units(slot);
    const size = slot.layers.length * units;
    const dims = [lanes, slot.layers.length, units];
    if (slot.type === "custom") return {};
    if (slot.type === "affine" && intervention?.type === "affine") {
      const values = (name: "scale" | "shift", idle: number): WireTensor => {
        const row = new Float32Array(size).fill(idle);
        target?.each((layer, unit) => {
          row[slot.layers.indexOf(layer) * units + unit] = unitValue(intervention[name], layer, unit, units, name);
        });
        return { dtype: "float32", dims, data: repeated(row, recipients, new Float32Array(lanes * size).fill(idle)) };
      };
      return { [PLAN.slot(index, "scale")]: values("scale", 1), [PLAN.slot(index, "shift")]: values("shift", 0) };
    }
    const row = new Uint8Array(size);
    target?.each((layer, unit) => {
      row[slot.layers.indexOf(layer) * units + unit] = 1;
    });
    return { [PLAN.slot(index, "mask")]: { dtype: "bool", dims, data: repeated(row, recipients, new Uint8Array(lanes * size)) } };
  }

  private slotUse(
    { slot, intervention, donor }: PlannedSlot,
    lanes: readonly Lane[],
    texts: readonly Text[],
    numbers: readonly number[],
  ): SlotUse {
    const saved = intervention?.type === "patch" && intervention.source.type === "saved" ? intervention.source.values : undefined;
    const touches = lanes.map((lane, row): Touch | null => {
      if (row >= texts.length || !intervention) return null;
      const { positions } = intervention;
      if (saved) return { positions: savedPositions(saved, positions, texts[row], numbers[row]) };
      if (donor === undefined) return { positions };
      const source = (donor + 1) * texts.length + row;
      const pairs = this.donors[donor].prompts && alignedPairs(intervention, lane, lanes[source]);
      return pairs ? { positions, source, pairs } : { positions, source };
    });
    if (!saved) return { type: slot.type, touches };
    const time = Math.max(...lanes.map((lane) => lane.tokens.length));
    const units = this.units(slot);
    return {
      type: slot.type,
      touches,
      given: slot.layers.map((layer) => laidOut(slot, layer, units, saved, numbers, lanes.length, time)),
    };
  }
}

const everyLayer = (model: Model): number[] => Array.from({ length: model.config.layers }, (_, layer) => layer);

/** Rows and vectors are inputs for every layer, so that a sweep over layers keeps its session; fed values and functions are not. */
function slotOf(model: Model, type: Slot["type"], target: ResolvedTarget, intervention?: Intervention): Slot {
  const wide = hasLayer(target.kind) && (type === "lane" || type === "affine");
  const apply = intervention?.type === "custom" ? intervention.apply : undefined;
  return { type, kind: target.kind, layers: wide ? everyLayer(model) : target.layers, apply };
}

function repeated<T extends Float32Array | Uint8Array>(row: T, times: number, whole: T): T {
  for (let i = 0; i < times; i++) whole.set(row, i * row.length);
  return whole;
}

/** Position by position: the nth chosen token of the recipient takes the nth chosen token of the source. */
function alignedPairs(intervention: Intervention, recipient: Lane, source: Lane): [number, number][] {
  const from = intervention.type === "patch" && intervention.source.type === "prompts" ? intervention.source.positions : undefined;
  const to = chosenPositions(intervention.positions, recipient.promptLength, recipient.promptLength);
  const at = chosenPositions(from ?? intervention.positions, source.promptLength, source.tokens.length);
  if (to.length === 0)
    throw new OptionError(
      "positions",
      intervention.positions,
      "positions of the prompt: another prompt says nothing about what is written",
    );
  if (to.length !== at.length)
    throw new OptionError(
      "positions",
      `${to.length} tokens of the prompt and ${at.length} of the source`,
      "as many in both; name the positions",
    );
  return to.map((position, i) => [position, at[i]]);
}
