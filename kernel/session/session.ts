/** @file The thread that runs cells: takes orders from the front, runs one cell at a time, and reports what comes of it. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";
import { abortRunning, beforeCalls } from "../../src/engine/running.js";
import { LanguageClient } from "../language/client.js";
import { catchChildren, endChildren } from "./children.js";
import { Comms } from "./comms.js";
import { CellRun, currentRun, guard, guardEach, inCell, KeyboardInterrupt, resume } from "./context.js";
import { DisplayHandle, Displays } from "./display.js";
import { Imports } from "./imports.js";
import { mimeBundle } from "./mime.js";
import type { CellOrder, MimeBundle, Order, SessionPorts, Thrown } from "./orders.js";
import { Origins } from "./origins.js";
import { Outbox } from "./outbox.js";
import { progressApi } from "./progress.js";
import { Keyboard } from "./stdin.js";
import { redirectStreams } from "./streams.js";
import { stopTimers, watchTimers } from "./timers.js";

/** Time that an interrupted cell has for its `finally` blocks. */
const UNWINDING_MS = 300;
const HEADER = '"use strict";(async ($cells, $kernel) => {';

type CellFunction = (cells: Record<string, unknown>, kernel: object) => Promise<void>;

export class CellSession {
  private readonly outbox: Outbox;
  private readonly origins = new Origins();
  private readonly displays: Displays;
  private readonly keyboard: Keyboard;
  private readonly comms: Comms;
  private readonly imports: Imports;
  /** what cells have declared */
  private readonly cells: Record<string, unknown> = Object.create(null);
  /** since an interrupt: engines take no calls, so that library code which nobody awaits any more comes to its end */
  private refusing = false;
  /** the library is loaded before the first cell runs and before any interrupt: one that hit its modules would spoil them for good */
  private readonly loaded: Promise<unknown>;
  private running: { run: CellRun; finish: (thrown?: { error: unknown }) => void } | undefined;

  constructor(
    private readonly folder: string,
    private readonly ports: SessionPorts,
  ) {
    this.outbox = new Outbox(ports);
    this.displays = new Displays(this.outbox, this.origins.take);
    this.keyboard = new Keyboard(this.outbox);
    this.comms = new Comms(this.outbox);
    this.imports = new Imports(folder, new LanguageClient(ports.language), ports.modules);
    this.prepareProcess();
    // a library that cannot be loaded says so in the cell that wants it
    this.loaded = this.imports.helpers().catch(() => undefined);
    ports.front.on("message", (order: Order) => this.take(order));
    void this.loaded.then(() => ports.front.postMessage({ type: "ready" }));
  }

  private prepareProcess(): void {
    redirectStreams(this.outbox);
    catchChildren();
    watchTimers();
    this.keyboard.replaceStdin();
    beforeCalls(() => {
      if (this.refusing) throw new KeyboardInterrupt();
    });
    const stray = (error: unknown) => this.outbox.post({ type: "stray", cell: currentRun()?.id ?? 0, error: thrown(error) });
    process.on("uncaughtException", stray);
    process.on("unhandledRejection", stray);
    process.on("exit", endChildren);
    // the front ends the process; a cell that could would take the notebook's variables with it
    process.exit = ((code?: number) => {
      throw new Error(`process.exit(${code ?? ""}) would end the kernel; restart it from the notebook's menu instead`);
    }) as typeof process.exit;
    const { display, clear } = this.displays;
    const require = createRequire(path.join(this.folder, "__cell.js"));
    Object.assign(globalThis, {
      display,
      clearOutput: clear,
      input: this.keyboard.input,
      progress: progressApi(this.displays),
      comms: this.comms,
      require,
      __dirname: this.folder,
      __filename: path.join(this.folder, "__cell.ts"),
    });
  }

  private take(order: Order): void {
    if (order.type === "run") void this.run(order.cell);
    else if (order.type === "interrupt") this.interrupt(order.cell, order.round);
    else if (order.type === "ping") this.outbox.post({ type: "heard", round: order.round });
    else if (order.type === "input") this.keyboard.answer(order.request, order.value);
    else if (order.type === "comm") this.comms.receive(order.kind, order.content, order.metadata, order.buffers);
    else this.shutDown();
  }

  private async run(order: CellOrder): Promise<void> {
    const { id, names } = order;
    const run = new CellRun(id, order.silent, order.allowStdin);
    await this.loaded;
    if (this.refusing) {
      for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
      this.refusing = false;
    }
    const before = new Map(names.map((name) => [name, name in this.cells ? { value: this.cells[name] } : undefined]));
    const kernel: Record<string, unknown> = {
      result: undefined,
      import: this.imports.import,
      guard,
      resume,
      guardEach,
      meta: this.imports.meta(),
    };
    const ended = await new Promise<{ error: unknown } | undefined>((finish) => {
      this.running = { run, finish };
      // on a turn of its own: an interrupt that ends this code by force ends nothing of the kernel's
      setImmediate(() => {
        this.start(run, order, kernel).then(
          () => finish(undefined),
          (error) => finish({ error }),
        );
      });
    });
    this.running = undefined;
    run.over = run.interrupted;
    const result = ended === undefined ? await this.shown(kernel.result) : undefined;
    await this.displays.settled();
    const kept = ended === undefined ? names : names.filter((name) => changed(before.get(name), name, this.cells));
    const metadata = result === undefined || order.silent ? undefined : this.origins.take();
    this.outbox.post({ type: "done", cell: id, kept, result, metadata, error: ended && thrown(ended.error) });
  }

  private async start(run: CellRun, { code, file, helpers }: CellOrder, kernel: object): Promise<void> {
    if (helpers.length > 0) {
      const library = await this.imports.helpers();
      for (const name of helpers) this.cells[name] = library[name];
    }
    const script = new vm.Script(`${HEADER}${code}\n})`, {
      filename: file,
      columnOffset: -HEADER.length,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const cell = script.runInThisContext() as CellFunction;
    // between the order and this turn
    if (run.interrupted) throw new KeyboardInterrupt();
    await inCell(run, () => cell(this.cells, kernel));
  }

  private async shown(result: unknown): Promise<MimeBundle | undefined> {
    if (result === undefined || result instanceof DisplayHandle) return undefined;
    try {
      return await mimeBundle(result);
    } catch (error) {
      return { "text/plain": `(could not be shown: ${(error as Error)?.message ?? error})` };
    }
  }

  private interrupt(cell: number | undefined, round: number): void {
    const { running } = this;
    stopTimers(running === undefined ? undefined : running.run.id);
    if (running !== undefined && running.run.id === cell) {
      running.run.interrupt();
      // whatever the cell does about it, it is over soon
      const error = new KeyboardInterrupt();
      setTimeout(() => running.finish({ error }), UNWINDING_MS);
    }
    this.refusing = true;
    abortRunning(new KeyboardInterrupt());
    this.outbox.post({ type: "heard", round });
  }

  private shutDown(): void {
    process.emit("exit", 0);
    fs.rmSync(this.ports.modules, { recursive: true, force: true });
    this.outbox.post({ type: "over" });
  }
}

function changed(before: { value: unknown } | undefined, name: string, cells: Record<string, unknown>): boolean {
  if (before === undefined) return name in cells;
  return !Object.is(before.value, cells[name]);
}

/** An error in a form that crosses threads; anything may be thrown. */
function thrown(error: unknown): Thrown {
  try {
    if (error instanceof Error) {
      const { cause } = error;
      const stack = String(error.stack ?? `${error.name}: ${error.message}`);
      return {
        name: String(error.name),
        message: String(error.message),
        stack: cause instanceof Error ? `${stack}\n[cause]: ${cause.stack}` : stack,
      };
    }
    const text = typeof error === "string" ? error : JSON.stringify(error);
    return { name: "Error", message: `thrown: ${text}`, stack: "" };
  } catch {
    return { name: "Error", message: "something was thrown that cannot be shown", stack: "" };
  }
}
