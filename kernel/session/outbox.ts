/** @file The way to the front: everything in order, text in pieces of sensible size, and never more than the front can take. */
import { currentRun } from "./context.js";
import type { Report, SessionPorts } from "./orders.js";

const PIECE = 16 * 2 ** 10;
const PIECE_MS = 20;
/** text on its way to the front; more waits, so that a loop that prints does not fill the memory */
const MOST_ON_THE_WAY = 16 * 2 ** 20;

export class Outbox {
  private text = "";
  private name: "stdout" | "stderr" = "stdout";
  private cell = 0;
  private since = 0;
  private planned = false;
  private sent = 0;

  constructor(private readonly ports: SessionPorts) {}

  /** Text of a stream, of the cell that the caller belongs to. */
  write(name: "stdout" | "stderr", text: string): void {
    const run = currentRun();
    if (run?.silent || text === "") return;
    const cell = run?.id ?? 0;
    if (name !== this.name || cell !== this.cell) this.flush();
    if (this.text === "") this.since = performance.now();
    [this.name, this.cell] = [name, cell];
    this.text += text;
    if (this.text.length >= PIECE || performance.now() - this.since >= PIECE_MS) this.flush();
    else if (!this.planned) {
      this.planned = true;
      setImmediate(() => {
        this.planned = false;
        this.flush();
      });
    }
  }

  post(report: Report): void {
    this.flush();
    this.ports.front.postMessage(report);
  }

  flush(): void {
    if (this.text === "") return;
    const { text, name, cell } = this;
    this.text = "";
    this.ports.front.postMessage({ type: "stream", cell, name, text } satisfies Report);
    this.sent += text.length;
    this.waitForFront();
  }

  private waitForFront(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    // bounded: a front that is gone must not hold the cell for ever
    for (let i = 0; i < 500 && this.sent - this.ports.taken[0]! > MOST_ON_THE_WAY; i++) Atomics.wait(pause, 0, 0, 10);
  }
}
