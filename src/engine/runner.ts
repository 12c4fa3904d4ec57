/** @file Worker side: what is shared by scoring and generation, one batch (and its donor in lock step) run step by step. */
import type * as ort from "onnxruntime-node";
import { givenFeeds, type StepView, slotFeeds } from "./lane-feeds.js";
import { LaneState } from "./lane-state.js";
import type { LoadedSession } from "./loaded-session.js";
import { PLAN } from "./plan.js";
import { meansPosition } from "./positions.js";
import type { Batch, CaptureUse, LockStep } from "./protocol.js";
import type { SharedPrefix } from "./shared-prefix.js";
import { type Feeds, int64, selectRows, toOrt } from "./tensors.js";

export interface Wanted {
  readonly fetch: readonly string[];
  /** flat rows of `(batch * time)` that get logits, and a target for each when log-probabilities are wanted */
  readonly rows?: ArrayLike<number>;
  readonly targets?: ArrayLike<number>;
  /** flat rows of `(batch * time)` to capture, and the sites */
  readonly captureRows?: ArrayLike<number>;
  readonly sites?: readonly string[];
  readonly feeds?: Feeds;
}

export class BatchRunner {
  private state: LaneState;
  private laneFeeds: Feeds;
  private readonly sharedFeeds: Feeds;
  private donor: BatchRunner | undefined;
  private first = true;

  constructor(
    private readonly loaded: LoadedSession,
    private batch: Batch,
    private readonly capacity: number,
    keep: boolean,
    private readonly textLengths: number[],
    private lockStep?: LockStep,
    donorSession?: LoadedSession,
  ) {
    this.state = new LaneState(loaded, batch.lanes.length, capacity, keep);
    this.laneFeeds = tensorsOf(batch.laneFeeds);
    this.sharedFeeds = tensorsOf(batch.sharedFeeds);
    if (lockStep && donorSession)
      this.donor = new BatchRunner(
        donorSession,
        lockStep.batch,
        capacity,
        keep,
        lockStep.batch.lanes.map((lane) => textLengths[lockStep.donorOf.indexOf(lockStep.batch.lanes.indexOf(lane))]),
      );
  }

  /** Tokens that each lane has read. */
  get lengths(): Int32Array {
    return this.state.lengths;
  }

  get lanes(): Batch["lanes"] {
    return this.batch.lanes;
  }

  /** Feeds the next tokens of every lane. */
  async step(tokens: readonly Int32Array[], wanted: Wanted): Promise<Feeds> {
    const counts = Int32Array.from(tokens, (list) => list.length);
    const time = Math.max(...counts);
    const ids = new Int32Array(tokens.length * time);
    tokens.forEach((list, lane) => {
      ids.set(list, lane * time);
    });
    const view: StepView = { time, start: this.state.lengths, counts, textLengths: this.textLengths };
    const feeds: Feeds = {
      ...this.sharedFeeds,
      ...this.laneFeeds,
      ...slotFeeds(this.batch, view),
      ...givenFeeds(this.batch, time, this.first),
      ...wanted.feeds,
    };
    Object.assign(feeds, await this.donated(tokens, time));
    const rows = wanted.rows ?? [0];
    feeds.rows = int64(rows, [rows.length]);
    const targets = wanted.targets ?? [];
    feeds[PLAN.scored] = int64(
      Array.from(targets, (_, i) => i),
      [targets.length],
    );
    feeds[PLAN.targets] = int64(targets, [targets.length]);
    feeds[PLAN.captureRows] = int64(wanted.captureRows ?? [], [wanted.captureRows?.length ?? 0]);
    const fetch = [...wanted.fetch, ...(wanted.sites ?? []).map(PLAN.capture)];
    this.first = false;
    return this.state.step(ids, time, counts, feeds, fetch);
  }

  /** Reads what all lanes begin with in a few of them and goes on from copies of their keys and values. */
  async begin({ tokens, readers, copies }: SharedPrefix): Promise<void> {
    const lengths = readers.map((lane) => this.textLengths[lane]);
    const few = new BatchRunner(this.loaded, someLanes(this.batch, readers), this.capacity, true, lengths);
    few.laneFeeds = someRows(this.laneFeeds, readers);
    try {
      await few.step(
        readers.map(() => tokens),
        { fetch: [] },
      );
      this.state.release();
      this.state = few.state.select(copies);
    } finally {
      few.release();
    }
  }

  /** Frees keys and values, the donor's too. */
  release(): void {
    this.state.release();
    this.donor?.release();
  }

  /** Goes on with some lanes only. */
  keepOnly(lanes: readonly number[]): void {
    this.batch = someLanes(this.batch, lanes);
    this.laneFeeds = someRows(this.laneFeeds, lanes);
    const before = this.state;
    this.state = before.select(lanes);
    before.release();
    this.textLengths.splice(0, this.textLengths.length, ...lanes.map((lane) => this.textLengths[lane]));
    if (this.lockStep && this.donor) {
      const donors = lanes.map((lane) => this.lockStep!.donorOf[lane]).filter((lane) => lane >= 0);
      this.donor.keepOnly(donors);
      this.lockStep = { ...this.lockStep, donorOf: lanes.map((lane) => donors.indexOf(this.lockStep!.donorOf[lane])) };
    }
  }

  /** Runs the donor session on the same tokens and lays its sites out as the recipient's `given` inputs. */
  private async donated(tokens: readonly Int32Array[], time: number): Promise<Feeds> {
    if (!this.lockStep || !this.donor) return {};
    const { feeds: wanted, donorOf } = this.lockStep;
    const own = this.donor.lanes.map((_, donor) => tokens[donorOf.indexOf(donor)]);
    // rows that read other prompts may make the recipient's batch longer
    const ownTime = Math.max(...own.map((list) => list.length));
    const everyRow = Int32Array.from({ length: own.length * ownTime }, (_, i) => i);
    const sites = [...new Set(wanted.map(({ site }) => site))];
    const outputs = await this.donor.step(own, { fetch: [], captureRows: everyRow, sites });
    const feeds: Feeds = {};
    for (const { site, input, units } of wanted) {
      const values = outputs[PLAN.capture(site)].data as Float32Array;
      const [block, ownBlock] = [time * units, ownTime * units];
      const laid = new Float32Array(donorOf.length * block);
      donorOf.forEach((donor, lane) => {
        if (donor >= 0) laid.set(values.subarray(donor * ownBlock, (donor + 1) * ownBlock), lane * block);
      });
      feeds[input] = toOrt({ dtype: "float32", data: laid, dims: [donorOf.length, time, units] });
    }
    return feeds;
  }
}

/** The batch without the other lanes; its feeds are not cut. */
function someLanes(batch: Batch, lanes: readonly number[]): Batch {
  const place = new Map(lanes.map((lane, i) => [lane, i]));
  return {
    ...batch,
    lanes: lanes.map((lane) => ({ ...batch.lanes[lane], follows: place.get(batch.lanes[lane].follows)! })),
    slots: batch.slots.map((slot) => ({
      ...slot,
      given: slot.given?.map((given) => ({ ...given })),
      touches: lanes.map((lane) => {
        const touch = slot.touches[lane];
        return touch?.source === undefined ? touch : { ...touch, source: place.get(touch.source) ?? place.get(lane)! };
      }),
    })),
  };
}

const someRows = (feeds: Feeds, lanes: readonly number[]): Feeds =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, selectRows(tensor, lanes)]));

/** Rows of a step to capture: flat index, lane and position in its text. */
export function rowsToCapture(
  capture: CaptureUse,
  lanes: Batch["lanes"],
  laneOf: (wanted: number) => number,
  start: Int32Array,
  counts: readonly number[],
  textLengths: readonly number[],
): { flat: number[]; lanes: number[]; positions: number[] } {
  const time = Math.max(...counts);
  const found = { flat: [] as number[], lanes: [] as number[], positions: [] as number[] };
  for (const wanted of capture.lanes) {
    const lane = laneOf(wanted);
    if (lane < 0) continue;
    for (let t = 0; t < counts[lane]; t++) {
      const position = start[lane] + t;
      if (!meansPosition(capture.positions, position, lanes[lane].promptLength, textLengths[lane])) continue;
      found.flat.push(lane * time + t);
      found.lanes.push(wanted);
      found.positions.push(position);
    }
  }
  return found;
}

const tensorsOf = (feeds: Batch["laneFeeds"]): Feeds =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]));

export const floats = (tensor: ort.Tensor): Float32Array => (tensor.data as Float32Array).slice();
