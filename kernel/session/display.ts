/** @file Output beyond text: `display` and the handle it gives, and `clearOutput`. */
import { randomUUID } from "node:crypto";
import type { Fields } from "../protocol/messages.js";
import { type CellRun, currentRun } from "./context.js";
import { isBundle, mimeBundle, plain } from "./mime.js";
import type { MimeBundle, OutputType } from "./orders.js";
import type { Outbox } from "./outbox.js";

/** What `display` gives; as the last expression of a cell it is no result of its own. */
export class DisplayHandle {
  constructor(
    readonly id: string,
    private readonly replace: (value: unknown) => void,
  ) {}

  /** Replaces what is shown, wherever it is shown. */
  update(value: unknown): void {
    this.replace(value);
  }
}

export interface DisplayOptions {
  /** names what is shown, so that it can be replaced; default: a new one */
  readonly id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export type Display = (value: unknown, options?: DisplayOptions) => DisplayHandle;

/** A value whose bundle is being made. */
interface Pending {
  /** keeps its place among the outputs */
  readonly reserve: () => void;
}

export class Displays {
  private readonly pending = new Set<Pending>();
  private all: Promise<unknown> = Promise.resolve();
  /** what each place is to show in the end: a bundle that takes its time comes not after a later one */
  private readonly latest = new Map<string, unknown>();

  /** @param recorded metadata of the next output, taken when it is shown */
  constructor(
    private readonly outbox: Pick<Outbox, "post" | "beforeText">,
    private readonly recorded: () => Fields = () => ({}),
  ) {
    outbox.beforeText(() => this.reserve());
  }

  readonly display: Display = (value, { id = randomUUID(), metadata = {} } = {}) => {
    const whole = { ...this.recorded(), ...metadata };
    this.show("display_data", value, id, whole);
    return new DisplayHandle(id, (next) => this.show("update_display_data", next, id, whole));
  };

  readonly clear = (wait = false): void => {
    this.reserve();
    this.send("clear_output", { wait });
  };

  /** Waits until everything shown so far is on its way. */
  async settled(): Promise<void> {
    await this.all;
  }

  show(kind: "display_data" | "update_display_data", value: unknown, id: string, metadata: Readonly<Record<string, unknown>> = {}): void {
    this.reserve();
    const run = currentRun();
    const send = (type: typeof kind, data: MimeBundle) => this.send(type, { data, metadata, transient: { display_id: id } }, run);
    try {
      const made = isBundle(value) ? value : mimeBundle(value);
      if (!(made instanceof Promise)) {
        this.latest.delete(id);
        send(kind, made);
        return;
      }
      const pending: Pending = { reserve: () => kind === "display_data" && send(kind, { "text/plain": plain(value) }) };
      this.pending.add(pending);
      this.latest.set(id, pending);
      const shown = made.then((data) => {
        const reserved = !this.pending.delete(pending);
        if (this.latest.get(id) !== pending) return;
        this.latest.delete(id);
        send(reserved ? "update_display_data" : kind, data);
      });
      this.all = Promise.all([this.all, shown.catch((error: unknown) => this.failed(error, pending))]);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown, pending?: Pending): void {
    if (pending) this.pending.delete(pending);
    process.stderr.write(`display: ${(error as Error)?.message ?? error}\n`);
  }

  /** Before other output comes: whatever is still being made gets its place, with its text until the rest is there. */
  private reserve(): void {
    const waiting = [...this.pending];
    this.pending.clear();
    for (const { reserve } of waiting)
      try {
        reserve();
      } catch (error) {
        this.failed(error);
      }
  }

  private send(kind: OutputType, content: Readonly<Record<string, unknown>>, run: CellRun | undefined = currentRun()): void {
    if (!run?.silent) this.outbox.post({ type: "output", cell: run?.id ?? 0, kind, content });
  }
}
