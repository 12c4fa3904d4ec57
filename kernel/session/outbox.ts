/** @file The way to the front: everything in order and at once, for a loop that prints never gives way; and never more than the front can take. */
import { currentRun } from "./context.js";
import { type Report, type SessionPorts, weightOf } from "./orders.js";

/** what is on its way to the front, by its weight; more waits, so that a loop that prints or displays neither fills the memory nor drowns orders */
const MOST_ON_THE_WAY = 2 ** 20;
const WAIT_MS = 10;
/** a front that is gone must not hold a cell for ever */
const MOST_WAITS = 500;

export class Outbox {
  private sent = 0;
  private before: () => void = () => undefined;
  private readonly pause = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly ports: SessionPorts) {}

  /** @param before is called before text goes out */
  beforeText(before: () => void): void {
    this.before = before;
  }

  /** Text of a stream, of the cell that the caller belongs to. */
  write(name: "stdout" | "stderr", text: string): void {
    const run = currentRun();
    if (run?.silent || text === "") return;
    this.before();
    this.post({ type: "stream", cell: run?.id ?? 0, name, text });
  }

  post(report: Report): void {
    this.ports.front.postMessage(report);
    const weight = weightOf(report);
    if (weight === 0) return;
    this.sent += weight;
    for (let i = 0; i < MOST_WAITS && this.sent - this.ports.taken[0]! > MOST_ON_THE_WAY; i++) Atomics.wait(this.pause, 0, 0, WAIT_MS);
  }
}
