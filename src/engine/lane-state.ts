/**
 * @file Worker side: the growing texts of one batch in one session, with their key/value cache. A step feeds the next tokens of every
 * lane, padded on the right; lengths are kept per lane, so a row of a batch computes what it would compute alone.
 */
import * as ort from "onnxruntime-node";
import { INPUTS, OUTPUTS } from "../models/attention.js";
import { rotaryTables } from "../models/rope.js";
import { freeArray } from "./free-array.js";
import type { DecoderFacts, WireTensor } from "./protocol.js";
import { runSession } from "./run-session.js";
import { unshared } from "./shared-array.js";

/** A key that no query may see; exp() of it is 0 in float32. */
const HIDDEN = -1e30;

export interface LoadedSession {
  readonly session: ort.InferenceSession;
  readonly facts: DecoderFacts;
  readonly inputs: ReadonlySet<string>;
  /** rotary tables, made for the longest text so far */
  rope: { readonly positions: number; readonly feeds: Feeds };
}

export type Feeds = Record<string, ort.Tensor>;

export const toOrt = ({ dtype, data, dims }: WireTensor): ort.Tensor => new ort.Tensor(dtype, unshared(data), dims);

export const int64 = (values: ArrayLike<number>, dims: readonly number[]): ort.Tensor =>
  new ort.Tensor("int64", BigInt64Array.from(values as number[], BigInt), dims);

export class LaneState {
  /** tokens of each lane that the model has read */
  readonly lengths: Int32Array;
  private cache: Feeds = {};
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
      for (const [name, tensor] of Object.entries(from.state.cache)) this.cache[name] = selectRows(tensor, from.lanes);
      return;
    }
    const { facts } = loaded;
    const room = facts.attention === "fused" && keep ? capacity : 0;
    for (let layer = 0; layer < facts.layers; layer++)
      for (const name of [INPUTS.pastKey(layer), INPUTS.pastValue(layer)])
        if (loaded.inputs.has(name)) this.cache[name] = zeros([batch, facts.kvHeads, room, facts.headSize]);
  }

  /**
   * Feeds `time` tokens a lane, of which the first `counts[lane]` are real.
   * @param ids `(batch * time)` token ids
   * @param fetch outputs wanted beside the cache
   */
  async step(ids: Int32Array, time: number, counts: Int32Array, feeds: Feeds, fetch: readonly string[]): Promise<Feeds> {
    const { facts, session } = this.loaded;
    const all: Feeds = { ids: int64(ids, [this.batch, time]), ...feeds, ...this.cache, ...this.ropeTables() };
    all[INPUTS.positions] = this.positions(time);
    if (facts.attention === "fused") this.feedLengths(all, counts);
    else this.feedBias(all, time, counts);
    const wanted: Record<string, ort.Tensor | null> = {};
    for (const name of fetch) wanted[name] = null;
    if (this.keep) this.fetchCache(wanted);
    for (const name of Object.keys(all)) if (!this.loaded.inputs.has(name)) delete all[name];
    const outputs = await runSession(session, all, wanted);
    if (this.keep) this.keepCache(outputs, time, counts);
    for (let lane = 0; lane < this.batch; lane++) this.lengths[lane] += counts[lane];
    return outputs;
  }

  /** The state of some lanes only, for going on without the finished ones. */
  select(lanes: readonly number[]): LaneState {
    return new LaneState(this.loaded, lanes.length, this.capacity, this.keep, { state: this, lanes });
  }

  /** Frees keys and values; the state is of no more use. */
  release(): void {
    for (const tensor of Object.values(this.cache)) free(tensor);
    this.cache = {};
  }

  private fetchCache(wanted: Record<string, ort.Tensor | null>): void {
    for (let layer = 0; layer < this.loaded.facts.layers; layer++) {
      wanted[OUTPUTS.key(layer)] = null;
      wanted[OUTPUTS.value(layer)] = null;
    }
  }

  /** The binding copies every output, so the fused form gives the new keys and values alone, and the explicit one, which is rare, all. */
  private keepCache(outputs: Feeds, time: number, counts: Int32Array): void {
    for (let layer = 0; layer < this.loaded.facts.layers; layer++)
      for (const [past, present] of [
        [INPUTS.pastKey(layer), OUTPUTS.key(layer)],
        [INPUTS.pastValue(layer), OUTPUTS.value(layer)],
      ])
        if (this.loaded.facts.attention === "fused") this.append(this.cache[past], outputs[present], time, counts);
        else {
          free(this.cache[past]);
          this.cache[past] = outputs[present];
        }
  }

  /** Writes `(batch, time, kvHeads * headSize)` behind what each lane has, `(batch, kvHeads, capacity, headSize)`. */
  private append(cache: ort.Tensor, news: ort.Tensor, time: number, counts: Int32Array): void {
    const { kvHeads, headSize } = this.loaded.facts;
    const [to, from] = [cache.data as Float32Array, news.data as Float32Array];
    for (let lane = 0; lane < this.batch; lane++)
      for (let t = 0; t < counts[lane]; t++)
        for (let head = 0; head < kvHeads; head++) {
          const at = ((lane * time + t) * kvHeads + head) * headSize;
          to.set(from.subarray(at, at + headSize), ((lane * kvHeads + head) * this.capacity + this.lengths[lane] + t) * headSize);
        }
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

/** Gives back a tensor's memory now; the tensor is of no more use. */
export const free = (tensor: ort.Tensor): void => freeArray(tensor.data as Float32Array);

const zeros = (dims: readonly number[]): ort.Tensor => new ort.Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);

/** Rows of the first axis, copied. */
export function selectRows(tensor: ort.Tensor, rows: readonly number[]): ort.Tensor {
  const data = tensor.data as Float32Array;
  const size = data.length / tensor.dims[0];
  const copy = new (data.constructor as Float32ArrayConstructor)(rows.length * size);
  rows.forEach((row, i) => {
    copy.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return new ort.Tensor(tensor.type as "float32", copy, [rows.length, ...tensor.dims.slice(1)]);
}
