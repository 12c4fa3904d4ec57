/**
 * @file Interrupts. First the cell's thread is asked: it ends the cell's awaits, timers and engine calls. A thread whose event loop is held
 * by a loop cannot hear that; V8 is then told to end whatever it runs, again and again until the thread answers.
 */
import { Session } from "node:inspector";
import type { Order } from "../session/orders.js";

/** A free event loop answers sooner. */
const PATIENCE_MS = 60;
const AGAIN_MS = 100;
/** After an interrupt, before the next cell: what tidies up may hold the event loop for so long, and is then ended. */
const TIDYING_MS = 1000;
/** orders that are repeated before V8 is told again: the first may be what the last termination hit */
const REPEATS = 3;

export class Interrupter {
  private readonly inspector = new Session();
  private connected = false;
  private round = 0;
  private current: { readonly heard: () => void; tries: number } | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** V8 has been told and has not answered: the next code that runs will be ended */
  private terminating = false;
  private terminated = false;
  /** an interrupt was heard; what it woke may have come to hold the event loop since */
  private wary = false;
  private settling: Promise<void> = Promise.resolve();

  constructor(private readonly post: (order: Order) => void) {}

  /** @param cell the one to end, none where only what others left running is to stop */
  interrupt(cell: number | undefined): Promise<void> {
    this.settling = this.settling.then(() => this.settle(cell));
    return this.settling;
  }

  /** Resolves when no interrupt is under way, none can hit what is run next, and the event loop is free after the last one. */
  quiet(): Promise<void> {
    this.settling = this.settling.then(async () => {
      if (!this.wary) return;
      this.wary = false;
      await this.until((round) => ({ type: "ping", round }), 1, TIDYING_MS);
      await this.outlived();
    });
    return this.settling;
  }

  heard(round: number): void {
    if (round === this.round) this.current?.heard();
  }

  private async settle(cell: number | undefined): Promise<void> {
    this.terminated = false;
    await this.until((round) => ({ type: "interrupt", round, cell }), 1, PATIENCE_MS);
    await this.outlived();
    this.wary = true;
  }

  /** A termination that came too late waits for the next code, which these orders are. */
  private async outlived(): Promise<void> {
    while (this.terminated) {
      this.terminated = this.terminating;
      await this.until((round) => ({ type: "ping", round }), REPEATS, PATIENCE_MS);
    }
  }

  /** Gives an order until it is heard. @param repeats times it is given before V8 is told to make way for it, the first for `patience` */
  private until(order: (round: number) => Order, repeats: number, patience: number): Promise<void> {
    const round = ++this.round;
    return new Promise((resolve) => {
      const heard = () => {
        clearTimeout(this.timer);
        this.current = undefined;
        resolve();
      };
      const give = () => {
        const current = this.current!;
        if (current.tries >= repeats) this.terminate();
        current.tries++;
        this.post(order(round));
        this.timer = setTimeout(give, current.tries === 1 ? patience : AGAIN_MS);
      };
      this.current = { heard, tries: 0 };
      give();
    });
  }

  private terminate(): void {
    if (!this.connected) {
      this.inspector.connectToMainThread();
      this.connected = true;
    }
    this.terminated = true;
    if (this.terminating) return;
    this.terminating = true;
    this.inspector.post("Runtime.terminateExecution", () => {
      this.terminating = false;
    });
  }
}
