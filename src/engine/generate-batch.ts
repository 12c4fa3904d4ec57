/** @file Worker side: writing text token by token. Donors follow their recipient's text, each lane with its own key/value cache. */
import { type Random, seeded } from "../random.js";
import type { LoadedSession } from "./loaded-session.js";
import { PLAN } from "./plan.js";
import type { GenerateReply, GenerateRequest } from "./protocol.js";
import { BatchRunner, rowsToCapture } from "./runner.js";
import { sampleToken } from "./sampling.js";
import { sharedPrefix } from "./shared-prefix.js";
import type { Feeds } from "./tensors.js";

export interface GenerateHooks {
  /** called after each step with one token a lane, -1 for lanes that wrote none */
  readonly onTokens: (tokens: Int32Array) => void;
  /** throws when the call was cancelled */
  readonly checkCancelled: () => void;
}

export async function generateBatch(
  request: GenerateRequest,
  sessionOf: (id: number) => LoadedSession,
  hooks: GenerateHooks,
): Promise<GenerateReply> {
  const { batch, lockStep, sampling } = request;
  const count = batch.lanes.length;
  const capacity = Math.max(...batch.lanes.map((lane) => lane.tokens.length)) + request.newTokens;
  const growing = batch.lanes.map(() => Number.POSITIVE_INFINITY);
  const donor = lockStep && sessionOf(lockStep.batch.session);
  const runner = new BatchRunner(sessionOf(batch.session), batch, capacity, true, growing, lockStep, donor);
  const writers = batch.lanes.map((lane, i) => lane.follows === i && request.seeds[i] >= 0);
  const texts: number[][] = batch.lanes.map(() => []);
  const stopped = batch.lanes.map(() => false);
  const finished = batch.lanes.map((_, lane) => !writers[lane] || request.newTokens === 0);
  /** lanes that are written to the end but whose last token is still to be read, because its rows are captured */
  const closing = batch.lanes.map(() => false);
  const readsLast = request.capture !== undefined && !["prompt", "prompt-last", "predicting"].includes(String(request.capture.positions));
  const randoms: (Random | undefined)[] = request.seeds.map((seed) => (sampling.temperature > 0 && seed >= 0 ? seeded(seed) : undefined));
  const captured = new Captured(request.capture?.sites ?? []);
  /** lanes of the request that the batch still holds, in batch order */
  let alive = batch.lanes.map((_, lane) => lane);
  const prefix = sharedPrefix(request);
  let next = batch.lanes.map((lane) => lane.tokens.subarray(prefix?.tokens.length));

  try {
    if (prefix) await runner.begin(prefix);
    while (!finished.every(Boolean)) await step();
  } finally {
    runner.release();
  }
  return { tokens: texts.map((text) => Int32Array.from(text)), stopped, captured: request.capture && captured.result() };

  async function step(): Promise<void> {
    hooks.checkCancelled();
    const counts = next.map((list) => list.length);
    const time = Math.max(...counts);
    const found =
      request.capture &&
      rowsToCapture(
        { ...request.capture, lanes: request.capture.lanes.filter((lane) => !finished[followed(lane)]) },
        runner.lanes,
        (lane) => alive.indexOf(lane),
        runner.lengths.slice(),
        counts,
        growing,
      );
    // the head runs for lanes that still write, not for donors
    const writing = alive.map((_, row) => row).filter((row) => !finished[alive[row]]);
    const outputs = await runner.step(next, {
      fetch: [sampling.temperature > 0 ? "logits" : "next"],
      rows: writing.map((row) => row * time + counts[row] - 1),
      captureRows: found?.flat,
      sites: request.capture?.sites,
    });
    if (found) captured.add(found, (site) => outputs[PLAN.capture(site)].data as Float32Array);
    const chosen = choose(outputs, writing);
    const news = new Int32Array(count).fill(-1);
    writing.forEach((row, i) => {
      const lane = alive[row];
      if (closing[lane]) finished[lane] = true;
      else news[lane] = accept(lane, chosen[i]);
    });
    hooks.onTokens(news);
    for (let lane = 0; lane < count; lane++) if (Atomics.load(request.ended, lane) !== 0 && !finished[lane]) end(lane);
    next = alive.map((lane) => Int32Array.of(texts[followed(lane)].at(-1) ?? 0));
    dropFinished();
  }

  function followed(lane: number): number {
    return batch.lanes[lane].follows;
  }

  function choose(outputs: Feeds, writing: readonly number[]): ArrayLike<number> {
    if (sampling.temperature === 0) return Array.from(outputs.next.data as BigInt64Array, Number);
    const logits = outputs.logits.data as Float32Array;
    const size = logits.length / writing.length;
    return writing.map((row, i) => sampleToken(logits.subarray(i * size, (i + 1) * size), sampling, randoms[alive[row]]!));
  }

  /** Records a lane's token; returns it, or -1 where it ended the text. */
  function accept(lane: number, token: number): number {
    if (request.stopTokens.includes(token)) {
      stopped[lane] = true;
      finished[lane] = true;
      return -1;
    }
    texts[lane].push(token);
    if (texts[lane].length >= request.newTokens) end(lane);
    return token;
  }

  function end(lane: number): void {
    if (readsLast) closing[lane] = true;
    else finished[lane] = true;
  }

  /** Copying the cache costs about a step, so finished lanes leave when they are half of the batch. */
  function dropFinished(): void {
    const kept = alive.map((_, row) => row).filter((row) => !finished[followed(alive[row])]);
    if (kept.length === 0 || kept.length > alive.length / 2) return;
    runner.keepOnly(kept);
    alive = kept.map((row) => alive[row]);
    next = kept.map((row) => next[row]);
  }
}

/** Captured rows of all steps, per site. */
class Captured {
  private readonly lanes: number[] = [];
  private readonly positions: number[] = [];
  private readonly parts: Record<string, Float32Array[]>;

  constructor(sites: readonly string[]) {
    this.parts = Object.fromEntries(sites.map((site) => [site, []]));
  }

  add(found: { lanes: number[]; positions: number[] }, valuesOf: (site: string) => Float32Array): void {
    this.lanes.push(...found.lanes);
    this.positions.push(...found.positions);
    for (const site of Object.keys(this.parts)) this.parts[site].push(valuesOf(site).slice());
  }

  result(): NonNullable<GenerateReply["captured"]> {
    const sites = Object.fromEntries(Object.entries(this.parts).map(([site, parts]) => [site, joined(parts)]));
    return { lanes: Int32Array.from(this.lanes), positions: Int32Array.from(this.positions), sites };
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
