/** @file Finished texts through a model in batches: the common part of scoring, capture and statistics. */
import { type Site, siteShape } from "../models/sites.js";
import { planBatches } from "./batches.js";
import type { Intervention } from "./interventions.js";
import { LaneAdapters } from "./lane-adapters.js";
import { LanePlan } from "./lanes.js";
import type { Model } from "./model.js";
import type { Plan } from "./plan.js";
import type { Positions } from "./positions.js";
import { type Progress, Reporter } from "./progress.js";
import type { ScoreReply } from "./protocol.js";
import type { Text } from "./text.js";

/** Options that every long call takes. */
export interface RunOptions {
  /** texts of one batch; default: as many as the engine's memory allows. Results may differ in the last bits between sizes. */
  batch?: number;
  /** stops before the next batch or token; the call rejects with the signal's reason and the engine stays usable */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface ScoreCall extends RunOptions {
  readonly interventions?: readonly Intervention[];
  readonly chat?: boolean;
  readonly captures?: readonly Site[];
  readonly positions?: Positions;
  /** positions of a text that get logits and log-probabilities of the next token; none without it */
  readonly rows?: (text: Text) => readonly number[];
  /** the token at each of these rows whose log-probability is wanted; default the text's next one */
  readonly targets?: (text: Text) => readonly number[];
  readonly fetch?: readonly string[];
}

/** What comes back for one batch; `indices` are the texts' places in the call. */
export interface ScoredBatch {
  readonly reply: ScoreReply;
  readonly indices: readonly number[];
}

/**
 * Runs texts longest first and hands each batch's reply to `onBatch` as it comes.
 * @throws what the interventions, the engine or `onBatch` throw; the signal's reason when aborted
 */
export async function scoreTexts(
  model: Model,
  texts: readonly Text[],
  call: ScoreCall,
  onBatch: (batch: ScoredBatch) => void,
): Promise<void> {
  const captures = call.captures ?? [];
  const head = call.rows !== undefined;
  const lanes = await LanePlan.make(model, call.interventions ?? [], texts.length, {
    shareable: head && captures.length === 0,
    chat: call.chat,
  });
  const plan = planOf(model, lanes, captures, head);
  const donor = lanes.foreign && donorPlan(lanes.foreign, lanes.foreignSites);
  const lengths = texts.map((text) => text.ids.length);
  const captured = capturedValues(captures, model, longest(lengths));
  const everyLogit = touchesHead(plan) || (head && texts.some((text) => call.rows!(text).length > 1));
  const sizing = { budget: model.engine.batchBytes, lanes: lanes.lanesPerText, newTokens: 0, captured, everyLogit, size: call.batch };
  const batches = planBatches(lengths, model.config, sizing);
  const progress = new Reporter(
    "tokens",
    lengths.reduce((a, b) => a + b, 0),
    call.onProgress,
  );
  await withSessions(model, plan, lanes.foreign, donor?.plan, async (session, donorSession) => {
    for (const indices of batches) {
      const chosen = indices.map((i) => texts[i]);
      const reply = await model.engine.score(
        {
          batch: lanes.batch(session, chosen, indices),
          lockStep: donor && lanes.lockStep(donorSession, donor.adapters, chosen),
          capture: captures.length > 0 ? captureOf(captures, call.positions ?? "all", indices.length) : undefined,
          rows: call.rows && rowsOf(chosen, call.rows, call.targets),
          fetch: call.fetch ?? [],
        },
        call,
      );
      onBatch({ reply, indices });
      progress.advance(indices.reduce((sum, i) => sum + lengths[i], 0));
    }
  });
}

/** The largest of any number of lengths; 0 of none. */
export const longest = (lengths: readonly number[]): number => lengths.reduce((a, b) => Math.max(a, b), 0);

/** float32 values that capturing takes for each token of a text of `length` tokens */
export const capturedValues = (sites: readonly Site[], { config }: Model, length: number): number =>
  sites.reduce((sum, { kind }) => sum + siteShape(kind, config).units * (kind === "blocks.N.attn.hook_pattern" ? length : 1), 0);

/** Does the graph compute the logits of every position? */
export const touchesHead = ({ slots, captures }: Plan): boolean =>
  [...slots, ...captures].some(({ kind }) => kind === "logits" || kind === "ln_final.hook_normalized");

export const captureOf = (sites: readonly Site[], positions: Positions, texts: number) => ({
  sites: sites.map((site) => site.name),
  positions,
  lanes: Array.from({ length: texts }, (_, lane) => lane),
});

/** The plan of a call's graph on the recipient's weights. */
export function planOf(model: Model, lanes: LanePlan, captures: readonly Site[], head: boolean): Plan {
  const pattern = lanes.touchesPattern || captures.some((site) => site.kind === "blocks.N.attn.hook_pattern");
  const attention = model.attentionFor(pattern);
  const { scaled, lowRank } = lanes.adapters;
  return { attention, scaled, lowRank, slots: lanes.slots, captures, statistics: undefined, head, cache: head };
}

/** The plan of a donor with other weights: it runs up to the last site that is taken from it. */
export function donorPlan(model: Model, captures: readonly Site[], cache = false): { plan: Plan; adapters: LaneAdapters } {
  const adapters = new LaneAdapters([model]);
  const plan: Plan = {
    attention: model.attentionFor(false),
    scaled: adapters.scaled,
    lowRank: adapters.lowRank,
    slots: [],
    captures,
    statistics: undefined,
    head: false,
    cache,
  };
  return { plan, adapters };
}

/** Holds the recipient's session, and the donor's where there is one, while `use` runs. */
export function withSessions<T>(
  model: Model,
  plan: Plan,
  foreign: Model | undefined,
  foreignPlan: Plan | undefined,
  use: (session: number, donorSession: number) => Promise<T>,
): Promise<T> {
  return model.engine.withSession(model.sessionSpec(plan), (session) =>
    foreign && foreignPlan
      ? foreign.engine.withSession(foreign.sessionSpec(foreignPlan), (donor) => use(session, donor))
      : use(session, -1),
  );
}

function rowsOf(texts: readonly Text[], positionsOf: (text: Text) => readonly number[], targetsOf?: (text: Text) => readonly number[]) {
  const all = texts.flatMap((text, lane) => {
    const targets = targetsOf?.(text);
    return positionsOf(text).map((position, i) => ({ lane, position, target: targets?.[i] ?? text.ids[position + 1] ?? 0 }));
  });
  return {
    lanes: Int32Array.from(all, (row) => row.lane),
    positions: Int32Array.from(all, (row) => row.position),
    targets: Int32Array.from(all, (row) => row.target),
  };
}
