/**
 * @file Worker side: what all texts of a batch begin with, such as a chat form's system message. It is read once for each model, and its keys and
 * values are copied to every lane.
 */
import { chosenPositions } from "./positions.js";
import type { Batch, GenerateRequest, Touch } from "./protocol.js";

/** A step more costs about as much as this many tokens. */
const LEAST_SAVED = 128;
/** Most tokens of a text after the prefix: what follows keys of an earlier step keeps all its attention scores in memory. */
const MOST_AFTER = 128;
/** Captured positions that lie behind all but the last of a prompt's tokens. */
const LATE_POSITIONS = ["prompt-last", "predicting", "generated"];

export interface SharedPrefix {
  readonly tokens: Int32Array;
  /** lanes that read it */
  readonly readers: readonly number[];
  /** for each lane, which of the readers did so for it */
  readonly copies: readonly number[];
}

/** Undefined where reading it once would save little, or where the texts do not all treat it alike. */
export function sharedPrefix({ batch, lockStep, capture }: GenerateRequest): SharedPrefix | undefined {
  const { lanes, slots } = batch;
  const texts = lanes.filter((lane, i) => lane.follows === i).length;
  if (lockStep !== undefined || (capture && !LATE_POSITIONS.includes(String(capture.positions)))) return undefined;
  if (slots.some(({ type, given }) => type === "custom" || given !== undefined)) return undefined;
  const tokens = commonBeginning(lanes.map((lane) => lane.tokens));
  const readers = lanes.map((_, i) => i).filter((i) => i % texts === 0);
  const saved = tokens.length * (lanes.length - readers.length);
  const after = Math.max(...lanes.map((lane) => lane.tokens.length)) - tokens.length;
  if (saved < LEAST_SAVED || after > MOST_AFTER) return undefined;
  const copies = lanes.map((_, i) => Math.floor(i / texts));
  const alike = slots.every(({ touches }) => {
    const effects = touches.map((touch, i) => effectOf(touch, i, batch, tokens.length));
    return effects.every((effect, i) => effect === effects[readers[copies[i]]]);
  });
  return alike ? { tokens, readers, copies } : undefined;
}

/** Of every text but its last token. */
function commonBeginning(texts: readonly Int32Array[]): Int32Array {
  const [first, ...others] = texts;
  let length = Math.min(...texts.map((text) => text.length)) - 1;
  for (const other of others) {
    const differs = first.subarray(0, length).findIndex((token, i) => token !== other[i]);
    if (differs >= 0) length = differs;
  }
  return first.subarray(0, length);
}

/** What a slot does to the first tokens of a lane, in words that are equal where it does the same. */
function effectOf(touch: Touch | null, lane: number, { lanes }: Batch, length: number): string {
  if (touch === null) return "nothing";
  if (touch.pairs) return `its own ${lane}`;
  const from = touch.source === undefined ? "itself" : touch.source - lane;
  return `${from}: ${chosenPositions(touch.positions, lanes[lane].promptLength, length)}`;
}
