/** @file Worker side: keys and values that the lanes of one batch have read, by layer. */
import * as ort from "onnxruntime-node";
import { INPUTS, OUTPUTS } from "../models/attention.js";
import type { LoadedSession } from "./loaded-session.js";
import { type Feeds, free, selectRows } from "./tensors.js";

/** The fused form's tensors have room for some tokens more, so that most steps write without copying what is there. */
const ROOM = 32;

export class KeyValueCache {
  /** by name of the graph's input, `(batch, kvHeads, room, headSize)` */
  private tensors: Feeds = {};
  /** fused form: keys a lane that the tensors can hold */
  room = 0;

  constructor(
    private readonly loaded: LoadedSession,
    private readonly batch: number,
  ) {
    for (const { past } of this.names()) if (loaded.inputs.has(past)) this.tensors[past] = this.zeros(0);
  }

  get feeds(): Feeds {
    return this.tensors;
  }

  /** What a step must give so that it can be kept. */
  get wanted(): string[] {
    return this.names().map(({ present }) => present);
  }

  /**
   * Keeps what a step gave. The binding copies every output, so the fused form gives the new keys and values alone, and the explicit one, which is
   * rare, all.
   * @param lengths tokens of each lane before the step, of which it added the first `counts[lane]` of `time`
   */
  keep(outputs: Feeds, time: number, lengths: Int32Array, counts: Int32Array): void {
    const fused = this.loaded.facts.attention === "fused";
    if (fused) this.grow(lengths.reduce((most, length, lane) => Math.max(most, length + counts[lane]), 0));
    for (const { past, present } of this.names())
      if (fused) this.append(this.tensors[past], outputs[present], time, lengths, counts);
      else this.replace(past, outputs[present]);
  }

  /** Those of some lanes, copied. */
  select(lanes: readonly number[]): KeyValueCache {
    const made = new KeyValueCache(this.loaded, lanes.length);
    made.room = this.room;
    for (const [name, tensor] of Object.entries(this.tensors)) made.replace(name, selectRows(tensor, lanes));
    return made;
  }

  /** Frees the tensors; the cache is of no more use. */
  release(): void {
    for (const tensor of Object.values(this.tensors)) free(tensor);
    this.tensors = {};
  }

  private names(): { past: string; present: string }[] {
    return Array.from({ length: this.loaded.facts.layers }, (_, layer) => [
      { past: INPUTS.pastKey(layer), present: OUTPUTS.key(layer) },
      { past: INPUTS.pastValue(layer), present: OUTPUTS.value(layer) },
    ]).flat();
  }

  private grow(length: number): void {
    if (length <= this.room) return;
    const before = this.room;
    this.room = Math.ceil((length + 1) / ROOM) * ROOM;
    const { headSize } = this.loaded.facts;
    for (const [name, old] of Object.entries(this.tensors)) {
      const wider = this.zeros(this.room);
      const [to, from] = [wider.data as Float32Array, old.data as Float32Array];
      for (let row = 0; row * before * headSize < from.length; row++)
        to.set(from.subarray(row * before * headSize, (row + 1) * before * headSize), row * this.room * headSize);
      this.replace(name, wider);
    }
  }

  /** Writes `(batch, time, kvHeads * headSize)` behind what each lane has. */
  private append(cache: ort.Tensor, news: ort.Tensor, time: number, lengths: Int32Array, counts: Int32Array): void {
    const { kvHeads, headSize } = this.loaded.facts;
    const [to, from] = [cache.data as Float32Array, news.data as Float32Array];
    for (let lane = 0; lane < this.batch; lane++)
      for (let t = 0; t < counts[lane]; t++)
        for (let head = 0; head < kvHeads; head++) {
          const at = ((lane * time + t) * kvHeads + head) * headSize;
          to.set(from.subarray(at, at + headSize), ((lane * kvHeads + head) * this.room + lengths[lane] + t) * headSize);
        }
  }

  private replace(name: string, tensor: ort.Tensor): void {
    free(this.tensors[name]);
    this.tensors[name] = tensor;
  }

  private zeros(room: number): ort.Tensor {
    const { kvHeads, headSize } = this.loaded.facts;
    return new ort.Tensor("float32", new Float32Array(this.batch * kvHeads * room * headSize), [this.batch, kvHeads, room, headSize]);
  }
}
