/** @file Comms: channels between cells and the front end, opened from either side. */
import { randomUUID } from "node:crypto";
import type { Fields } from "../protocol/messages.js";
import { currentRun } from "./context.js";
import type { CommKind } from "./orders.js";
import type { Outbox } from "./outbox.js";

export interface CommMessage {
  readonly data: Fields;
  readonly metadata: Fields;
  readonly buffers: readonly Uint8Array[];
}

export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: Fields, options?: { readonly metadata?: Fields; readonly buffers?: readonly Uint8Array[] }): void;
  close(data?: Fields): void;
  onMessage: ((message: CommMessage) => void) | undefined;
  onClose: ((message: CommMessage) => void) | undefined;
}

export interface CommsApi {
  /** Opens a comm to a target that the front end knows. */
  open(target: string, data?: Fields, options?: { readonly metadata?: Fields; readonly buffers?: readonly Uint8Array[] }): Comm;
  /** Serves comms that the front end opens to `target`. */
  on(target: string, opened: (comm: Comm, message: CommMessage) => void): void;
}

export class Comms implements CommsApi {
  private readonly comms = new Map<string, Comm>();
  private readonly targets = new Map<string, (comm: Comm, message: CommMessage) => void>();

  constructor(private readonly outbox: Outbox) {}

  readonly open: CommsApi["open"] = (target, data = {}, { metadata = {}, buffers = [] } = {}) => {
    const comm = this.make(randomUUID(), target);
    this.send("comm_open", { comm_id: comm.id, target_name: target, data }, metadata, buffers);
    return comm;
  };

  readonly on: CommsApi["on"] = (target, opened) => {
    this.targets.set(target, opened);
  };

  receive(kind: CommKind, content: Fields, metadata: Fields, buffers: readonly Uint8Array[]): void {
    const { comm_id: id, target_name: target, data = {} } = content;
    if (typeof id !== "string") return;
    const message = { data: data as Fields, metadata, buffers };
    if (kind === "comm_open") {
      const opened = typeof target === "string" ? this.targets.get(target) : undefined;
      // the protocol's answer to a target that nobody serves
      if (opened === undefined) this.send("comm_close", { comm_id: id, data: {} });
      else opened(this.make(id, target as string), message);
      return;
    }
    const comm = this.comms.get(id);
    if (kind === "comm_msg") comm?.onMessage?.(message);
    else {
      this.comms.delete(id);
      this.tell();
      comm?.onClose?.(message);
    }
  }

  private make(id: string, target: string): Comm {
    const comm: Comm = {
      id,
      target,
      send: (data, { metadata = {}, buffers = [] } = {}) => this.send("comm_msg", { comm_id: id, data }, metadata, buffers),
      close: (data = {}) => {
        if (!this.comms.delete(id)) return;
        this.tell();
        this.send("comm_close", { comm_id: id, data });
      },
      onMessage: undefined,
      onClose: undefined,
    };
    this.comms.set(id, comm);
    this.tell();
    return comm;
  }

  private tell(): void {
    this.outbox.post({
      type: "comms",
      open: Object.fromEntries([...this.comms.values()].map(({ id, target }) => [id, { target_name: target }])),
    });
  }

  private send(kind: CommKind, content: Fields, metadata: Fields = {}, buffers: readonly Uint8Array[] = []): void {
    this.outbox.post({ type: "output", cell: currentRun()?.id ?? 0, kind, content, metadata, buffers });
  }
}
