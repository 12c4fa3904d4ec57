/** @file Asking the user: `input()`, and `process.stdin` for readline and its kin. */

import { syncBuiltinESMExports } from "node:module";
import { Readable } from "node:stream";
import { type CellRun, currentRun, guard, resume } from "./context.js";
import type { Outbox } from "./outbox.js";

/** Time for a reader to close again before the user is asked: readline reads on as soon as it has a line. */
const PATIENCE_MS = 30;

export class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";
  constructor() {
    super("this client takes no input: run the notebook where someone can type, or set the value in a cell");
  }
}

export class Keyboard {
  private readonly asked = new Map<number, (value: string | undefined) => void>();
  private count = 0;

  constructor(private readonly outbox: Outbox) {}

  readonly input = async (prompt = "", options: { readonly password?: boolean } = {}): Promise<string> => {
    const run = currentRun();
    if (run === undefined || !run.allowStdin) throw new StdinNotImplementedError();
    const value = resume(await guard(this.ask(run, String(prompt), options.password === true))) as string | undefined;
    if (value === undefined) throw new StdinNotImplementedError();
    return value;
  };

  answer(request: number, value: string | undefined): void {
    this.asked.get(request)?.(value);
    this.asked.delete(request);
  }

  ask(run: CellRun, prompt: string, password: boolean): Promise<string | undefined> {
    const request = ++this.count;
    this.outbox.post({ type: "input", cell: run.id, request, prompt, password });
    return new Promise((resolve) => this.asked.set(request, resolve));
  }

  /** Puts a stream in the place of `process.stdin` whose lines the user types. */
  replaceStdin(): void {
    const stdin = new TypedLines(this);
    Object.defineProperty(process, "stdin", { configurable: true, enumerable: true, get: () => stdin });
    syncBuiltinESMExports();
  }
}

class TypedLines extends Readable {
  readonly isTTY = false;
  readonly fd = 0;
  private wanted: CellRun | undefined;

  constructor(private readonly keyboard: Keyboard) {
    super({ encoding: "utf8" });
    this.on("resume", () => this.plan());
  }

  // a terminal's stream has these, and some readers call them
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    this.wanted = currentRun();
    this.plan();
  }

  private plan(): void {
    setTimeout(() => {
      const run = this.wanted;
      if (run === undefined || this.readableFlowing === false) return;
      this.wanted = undefined;
      if (!run.allowStdin) this.destroy(new StdinNotImplementedError());
      else void this.keyboard.ask(run, "", false).then((value) => this.push(value === undefined ? null : `${value}\n`));
    }, PATIENCE_MS);
  }
}
