/**
 * @file Worker side: the growing texts of one batch in one session, with their key/value cache. A step feeds the next tokens of every
 * lane, padded on the right; lengths are kept per lane, so a row of a batch computes what it would compute alone.
 */
import * as ort from "onnxruntime-node";
import { INPUTS } from "../models/attention.js";
import { rotaryTables } from "../models/rope.js";
import { KeyValueCache } from "./key-value-cache.js";
import type { LoadedSession } from "./loaded-session.js";
import { runSession } from "./run-session.js";
import { type Feeds, int64 } from "./tensors.js";

/** A key that no query may see; exp() of it is 0 in float32. */
const HIDDEN = -1e30;

export class LaneState {
  /** tokens of each lane that the model has read */
  readonly lengths: Int32Array;
  private readonly cache: KeyValueCache;
  /** explicit form: which lane index a cached key belongs to; -1 is padding. One row a lane. */
  private keys: Int32Array[];

  /**
   * @param capacity most tokens that a lane will hold
   * @param keep whether steps follow, so that keys and values must be kept
   */
  constructor(
    private readonly loaded: LoadedSession,
    readonly batch: number,
    private readonly capacity: number,
    private readonly keep: boolean,
    from?: { readonly state: LaneState; readonly lanes: readonly number[] },
  ) {
    this.lengths = new Int32Array(batch);
    this.keys = Array.from({ length: batch }, () => new Int32Array(0));
    if (from) {
      this.keys = from.lanes.map((lane) => from.state.keys[lane]);
      this.lengths = Int32Array.from(from.lanes, (lane) => from.state.lengths[lane]);
    }
    this.cache = from ? from.state.cache.select(from.lanes) : new KeyValueCache(loaded, batch);
  }

  /**
   * Feeds `time` tokens a lane, of which the first `counts[lane]` are real.
   * @param ids `(batch * time)` token ids
   * @param fetch outputs wanted beside the cache
   */
  async step(ids: Int32Array, time: number, counts: Int32Array, feeds: Feeds, fetch: readonly string[]): Promise<Feeds> {
    const { facts, session } = this.loaded;
    const all: Feeds = { ids: int64(ids, [this.batch, time]), ...feeds, ...this.cache.feeds, ...this.ropeTables() };
    all[INPUTS.positions] = this.positions(time);
    if (facts.attention === "fused") {
      this.feedLengths(all, counts);
      this.feedLater(all, time);
    } else this.feedBias(all, time, counts);
    const wanted: Record<string, ort.Tensor | null> = {};
    for (const name of fetch) wanted[name] = null;
    if (this.keep) for (const name of this.cache.wanted) wanted[name] = null;
    for (const name of Object.keys(all)) if (!this.loaded.inputs.has(name)) delete all[name];
    const outputs = await runSession(session, all, wanted);
    if (this.keep) this.cache.keep(outputs, time, this.lengths, counts);
    for (let lane = 0; lane < this.batch; lane++) this.lengths[lane] += counts[lane];
    return outputs;
  }

  /** The state of some lanes only, for going on without the finished ones. */
  select(lanes: readonly number[]): LaneState {
    return new LaneState(this.loaded, lanes.length, this.capacity, this.keep, { state: this, lanes });
  }

  /** Frees keys and values; the state is of no more use. */
  release(): void {
    this.cache.release();
  }

  /** `(batch, time)`; those of padding do not matter. */
  private positions(time: number): ort.Tensor {
    const positions = Array.from({ length: this.batch * time }, (_, at) =>
      Math.min(this.lengths[Math.floor(at / time)] + (at % time), this.capacity - 1),
    );
    return int64(positions, [this.batch, time]);
  }

  private feedLengths(feeds: Feeds, counts: Int32Array): void {
    const after = this.lengths.map((length, lane) => length + counts[lane]);
    feeds[INPUTS.lengths] = new ort.Tensor(
      "int32",
      after.map((n) => n - 1),
      [this.batch],
    );
    feeds[INPUTS.total] = new ort.Tensor("int32", Int32Array.of(Math.max(...after)), []);
  }

  /** What the fused form reads in the place of lengths once there are keys of earlier steps. */
  private feedLater(feeds: Feeds, time: number): void {
    const later = this.lengths.some((length) => length > 0);
    const { room } = this.cache;
    feeds[INPUTS.later] = new ort.Tensor("bool", Uint8Array.of(Number(later)), []);
    feeds[INPUTS.parts] = int64([room, time], [2]);
    const there = new Float32Array(this.batch * room).fill(HIDDEN);
    this.lengths.forEach((length, lane) => {
      there.fill(0, lane * room, lane * room + length);
    });
    feeds[INPUTS.there] = new ort.Tensor("float32", there, [this.batch, 1, 1, room]);
    const size = later ? time : 0;
    const causal = Float32Array.from({ length: size * size }, (_, at) => (at % size > Math.floor(at / size) ? HIDDEN : 0));
    feeds[INPUTS.causal] = new ort.Tensor("float32", causal, [size, size]);
  }

  private feedBias(feeds: Feeds, time: number, counts: Int32Array): void {
    this.keys = this.keys.map((before, lane) => {
      const keys = new Int32Array(before.length + time).fill(-1);
      keys.set(before);
      for (let t = 0; t < counts[lane]; t++) keys[before.length + t] = this.lengths[lane] + t;
      return keys;
    });
    const seen = this.keys[0].length;
    const bias = new Float32Array(this.batch * time * seen).fill(HIDDEN);
    for (let lane = 0, at = 0; lane < this.batch; lane++)
      for (let t = 0; t < time; t++)
        for (let key = 0; key < seen; key++, at++) {
          const position = this.keys[lane][key];
          if (position >= 0 && position <= this.lengths[lane] + t) bias[at] = 0;
        }
    feeds[INPUTS.bias] = new ort.Tensor("float32", bias, [this.batch, 1, time, seen]);
  }

  /** Cosines and sines for every position up to the capacity, rounded up so that they are rarely made anew. */
  private ropeTables(): Feeds {
    if (this.loaded.rope.positions >= this.capacity) return this.loaded.rope.feeds;
    const { frequencies } = this.loaded.facts;
    const positions = Math.ceil(this.capacity / 256) * 256;
    const { cos, sin } = rotaryTables(frequencies, positions);
    const dims = [positions, frequencies.length];
    const feeds = { [INPUTS.cos]: new ort.Tensor("float32", cos, dims), [INPUTS.sin]: new ort.Tensor("float32", sin, dims) };
    this.loaded.rope = { positions, feeds };
    return feeds;
  }
}
