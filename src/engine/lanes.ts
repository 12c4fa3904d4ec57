/**
 * @file From models and interventions to lanes: the rows of a batch, the slots of the graph and what each slot does to each row.
 * A donor that shares the recipient's weights is a row of the same batch; one with other weights is a batch of its own in lock step.
 */
import { OptionError, SiteError } from "../errors.js";
import type { Module } from "../models/decoder.js";
import { hasLayer, NEURON_SITE, type Site, type SiteKind, site, siteName, siteShape } from "../models/sites.js";
import type { Intervention, SavedValues } from "./interventions.js";
import type { Model } from "./model.js";
import { PLAN, type Plan, type Slot } from "./plan.js";
import { checkPositions, meansPosition, type Positions } from "./positions.js";
import { type EncodedPrompt, encodePrompts } from "./prompts.js";
import type { Batch, Lane, LockStep, SlotUse, Touch, WireTensor } from "./protocol.js";
import { type ResolvedTarget, resolveTarget, unitValue } from "./targets.js";

/** A text under the models of a call. */
export interface Text {
  readonly ids: Int32Array;
  readonly promptLength: number;
}

interface Donor {
  readonly model: Model;
  /** undefined = reads the recipient's text */
  readonly prompts?: readonly EncodedPrompt[];
}

interface PlannedSlot {
  readonly slot: Slot;
  /** undefined for the idle slot that keeps graphs equal */
  readonly intervention?: Intervention;
  readonly target?: ResolvedTarget;
  /** index into donors */
  readonly donor?: number;
}

export class LanePlan {
  private constructor(
    readonly model: Model,
    private readonly planned: readonly PlannedSlot[],
    private readonly donors: readonly Donor[],
    /** a donor with other weights */
    readonly foreign: Model | undefined,
  ) {}

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

  /** Adapter scales that the graph takes as inputs; `down_proj` always, so that bare models and adapters share a session. */
  get scaled(): { module: Module; side: "input" | "output" }[] {
    return scaledModules([this.model, ...this.donors.map((donor) => donor.model)]);
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
    const laneFeeds: Record<string, WireTensor> = scaleFeeds(laneModels, this.scaled);
    const slots = this.planned.map((planned, index) => {
      Object.assign(laneFeeds, this.slotValues(planned, index, texts.length, lanes.length));
      return this.slotUse(planned, lanes, texts, numbers);
    });
    return { session, lanes, laneFeeds, slots };
  }

  /** The batch of a donor with other weights, and where its values go. */
  lockStep(session: number, scaled: Plan["scaled"], texts: readonly Text[]): LockStep {
    const model = this.foreign!;
    const lanes: Lane[] = texts.map((text, i) => ({ tokens: text.ids, promptLength: text.promptLength, follows: i }));
    const recipients = texts.length * this.lanesPerText;
    return {
      batch: {
        session,
        lanes,
        laneFeeds: scaleFeeds(
          texts.map(() => model),
          scaled,
        ),
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
      given: slot.layers.map((layer) => this.laidOut(slot, layer, units, saved, numbers, lanes.length, time)),
    };
  }

  /** Saved rows as `(lanes, time, units)`. */
  private laidOut(
    slot: Slot,
    layer: number,
    units: number,
    saved: readonly SavedValues[],
    numbers: readonly number[],
    lanes: number,
    time: number,
  ): { layer: number; units: number; data: Float32Array } {
    const name = siteName(slot.kind, layer);
    const values = saved.find(({ site }) => site === name);
    if (!values) throw new SiteError(name, `the saved activations hold ${saved.map(({ site }) => site).join(", ")}; capture this site too`);
    const width = values.shape.slice(1).reduce((a, b) => a * b, 1);
    if (width !== units) throw new SiteError(name, `the saved activations have ${width} values a position; this model has ${units}`);
    const data = new Float32Array(lanes * time * units);
    values.rows.forEach(({ prompt, position }, row) => {
      const lane = numbers.indexOf(prompt);
      if (lane >= 0 && position < time) data.set(values.data.subarray(row * units, (row + 1) * units), (lane * time + position) * units);
    });
    return { layer, units, data };
  }
}

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
      const size = module === "down_proj" && side === "input" ? config.neurons : sizeOf(laneModels, module, side);
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

function sizeOf(models: readonly Model[], module: Module, side: "input" | "output"): number {
  const scales = models.map((model) => model.scales(module, side)).find((values) => values !== undefined)!;
  return scales.length / models[0].config.layers;
}

const everyLayer = (model: Model): number[] => Array.from({ length: model.config.layers }, (_, layer) => layer);

/** Rows and vectors are inputs for every layer, so that a sweep over layers keeps its session; fed values and functions are not. */
function slotOf(model: Model, type: Slot["type"], target: ResolvedTarget, intervention?: Intervention): Slot {
  const wide = hasLayer(target.kind) && (type === "lane" || type === "affine");
  const apply = intervention?.type === "custom" ? intervention.apply : undefined;
  return { type, kind: target.kind, layers: wide ? everyLayer(model) : target.layers, apply };
}

async function donorOf(
  model: Model,
  source: Extract<Intervention, { type: "patch" }>["source"],
  count: number,
  chat: boolean | undefined,
): Promise<Donor> {
  if (source.type !== "prompts") return { model: (source as { model: Model }).model };
  const donor = source.model ?? model;
  if (!donor.sharesWeightsWith(model))
    throw new OptionError("from.model", donor.name, `a model on the weights of ${model.name} when the source is another prompt`);
  if (source.prompts.length !== 1 && source.prompts.length !== count)
    throw new OptionError("from.prompts", `${source.prompts.length} prompts`, `one, or one for each of the ${count} prompts`);
  return { model: donor, prompts: await encodePrompts(donor, source.prompts, chat) };
}

/** @throws OptionError when a donor with other weights cannot stand beside the recipient */
export function checkForeign(donor: Model, recipient: Model): void {
  if (donor.engine !== recipient.engine) throw new OptionError("from", donor.name, "a donor opened with the recipient's engine");
  const [a, b] = [donor.config, recipient.config];
  if (a.layers !== b.layers || a.neurons !== b.neurons || a.hidden !== b.hidden || a.vocabulary !== b.vocabulary)
    throw new OptionError(
      "from",
      `${donor.name} (${a.layers} x ${a.neurons})`,
      `a model of the recipient's shape (${b.layers} x ${b.neurons})`,
    );
}

function checkSameSite(kind: SiteKind, donor: Model, recipient: Model): void {
  const [got, expected] = [donor, recipient].map(({ config }) => siteShape(kind, config).sizes.join(" x "));
  if (got !== expected) throw new OptionError("from", `${donor.name} (${kind}: ${got})`, `a model of the recipient's shape (${expected})`);
}

function sameForeign(known: Model | undefined, donor: Model, recipient: Model): Model {
  if (known && known !== donor)
    throw new OptionError("interventions", donor.name, `one donor with other weights in a call; ${known.name} is one already`);
  checkForeign(donor, recipient);
  return donor;
}

function repeated<T extends Float32Array | Uint8Array>(row: T, times: number, whole: T): T {
  for (let i = 0; i < times; i++) whole.set(row, i * row.length);
  return whole;
}

const within = (positions: Positions, lane: { promptLength: number }, length: number): number[] =>
  Array.from({ length }, (_, i) => i).filter((i) => meansPosition(positions, i, lane.promptLength));

/** Position by position: the nth chosen token of the recipient takes the nth chosen token of the source. */
function alignedPairs(intervention: Intervention, recipient: Lane, source: Lane): [number, number][] {
  const from = intervention.type === "patch" && intervention.source.type === "prompts" ? intervention.source.positions : undefined;
  const to = within(intervention.positions, recipient, Math.min(recipient.promptLength, recipient.tokens.length));
  const at = within(from ?? intervention.positions, source, source.tokens.length);
  if (to.length !== at.length)
    throw new OptionError(
      "positions",
      `${to.length} tokens of the prompt and ${at.length} of the source`,
      "as many in both; name the positions",
    );
  return to.map((position, i) => [position, at[i]]);
}

/** The chosen positions of a text; every one must have been saved. */
function savedPositions(saved: readonly SavedValues[], positions: Positions, text: Text, number: number): number[] {
  const chosen = within(positions, text, text.ids.length);
  for (const { site, rows } of saved) {
    const held = new Set(rows.filter((row) => row.prompt === number).map((row) => row.position));
    const missing = chosen.filter((position) => !held.has(position));
    if (missing.length > 0)
      throw new OptionError(
        "positions",
        `positions ${missing.slice(0, 5).join(", ")} of prompt ${number}`,
        `positions that were captured of ${site}`,
      );
  }
  return chosen;
}
