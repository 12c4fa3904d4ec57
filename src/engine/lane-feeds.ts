/** @file Worker side: the inputs of a step that depend on lanes, slots and positions. */
import * as ort from "onnxruntime-node";
import { PLAN } from "./plan.js";
import { meansPosition } from "./positions.js";
import type { Batch, SlotUse } from "./protocol.js";
import { type Feeds, int64 } from "./tensors.js";

/** One step as the slots see it. */
export interface StepView {
  readonly time: number;
  /** index in its text of each lane's first token of this step */
  readonly start: Int32Array;
  /** real tokens of each lane in this step */
  readonly counts: Int32Array;
  /** length of each lane's finished text; Infinity while it is being written */
  readonly textLengths: readonly number[];
}

/** The inputs of every slot for one step. */
export function slotFeeds(batch: Batch, view: StepView): Feeds {
  const feeds: Feeds = {};
  batch.slots.forEach((slot, index) => {
    if (slot.type === "lane") feeds[PLAN.slot(index, "source")] = sourceRows(batch, slot, view);
    else feeds[PLAN.slot(index, "where")] = whereMask(batch, slot, view, slot.type === "affine" ? "float32" : "bool");
  });
  return feeds;
}

/** Row of `(batch * time)` that each position takes its value from: itself unless it is patched. */
function sourceRows(batch: Batch, slot: SlotUse, { time, start, counts, textLengths }: StepView): ort.Tensor {
  const rows = Int32Array.from({ length: batch.lanes.length * time }, (_, i) => i);
  slot.touches.forEach((touch, lane) => {
    if (!touch || touch.source === undefined) return;
    const from = touch.source * time;
    if (touch.pairs) {
      if (start[lane] === 0) for (const [to, source] of touch.pairs) rows[lane * time + to] = from + source;
      return;
    }
    for (let t = 0; t < counts[lane]; t++)
      if (meansPosition(touch.positions, start[lane] + t, batch.lanes[lane].promptLength, textLengths[lane]))
        rows[lane * time + t] = from + t;
  });
  return int64(rows, [batch.lanes.length, time]);
}

function whereMask(batch: Batch, slot: SlotUse, view: StepView, dtype: "float32" | "bool"): ort.Tensor {
  const { time, start, counts, textLengths } = view;
  const size = batch.lanes.length * time;
  const mask = dtype === "float32" ? new Float32Array(size) : new Uint8Array(size);
  slot.touches.forEach((touch, lane) => {
    if (!touch) return;
    for (let t = 0; t < counts[lane]; t++)
      if (meansPosition(touch.positions, start[lane] + t, batch.lanes[lane].promptLength, textLengths[lane])) mask[lane * time + t] = 1;
  });
  return new ort.Tensor(dtype, mask, [batch.lanes.length, time]);
}

/** Saved values of `given` slots: those of the first pass, then (never selected) zeros. */
export function givenFeeds(batch: Batch, time: number, first: boolean): Feeds {
  const feeds: Feeds = {};
  batch.slots.forEach((slot, index) => {
    for (const { layer, units, data } of slot.given ?? []) {
      const dims = [batch.lanes.length, time, units];
      const values = first ? data : new Float32Array(dims.reduce((a, b) => a * b, 1));
      feeds[PLAN.given(index, layer)] = new ort.Tensor("float32", values, dims);
    }
  });
  return feeds;
}
