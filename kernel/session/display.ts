/** @file Output beyond text: `display` and the handle it gives, and `clearOutput`. */
import { randomUUID } from "node:crypto";
import type { Fields } from "../protocol/messages.js";
import { currentRun } from "./context.js";
import { isBundle, mimeBundle } from "./mime.js";
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

export class Displays {
  /** bundles may be made asynchronously; what is shown keeps the order of the calls */
  private order: Promise<void> = Promise.resolve();

  /** @param recorded metadata of the next output, taken when it is shown */
  constructor(
    private readonly outbox: Pick<Outbox, "post">,
    private readonly recorded: () => Fields = () => ({}),
  ) {}

  readonly display: Display = (value, { id = randomUUID(), metadata = {} } = {}) => {
    const whole = { ...this.recorded(), ...metadata };
    this.show("display_data", value, id, whole);
    return new DisplayHandle(id, (next) => this.show("update_display_data", next, id, whole));
  };

  readonly clear = (wait = false): void => this.send("clear_output", { wait });

  /** Waits until everything shown so far is on its way. */
  settled(): Promise<void> {
    return this.order;
  }

  show(kind: "display_data" | "update_display_data", value: unknown, id: string, metadata: Readonly<Record<string, unknown>> = {}): void {
    const send = (data: MimeBundle) => this.send(kind, { data, metadata, transient: { display_id: id } });
    if (isBundle(value)) send(value);
    else {
      const before = this.order;
      this.order = mimeBundle(value).then(async (data) => {
        await before;
        send(data);
      });
      this.order.catch((error: Error) => process.stderr.write(`display: ${error.message}\n`));
      this.order = this.order.catch(() => undefined);
    }
  }

  private send(kind: OutputType, content: Readonly<Record<string, unknown>>): void {
    const run = currentRun();
    if (!run?.silent) this.outbox.post({ type: "output", cell: run?.id ?? 0, kind, content });
  }
}
