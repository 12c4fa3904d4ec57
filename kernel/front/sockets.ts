/** @file The kernel's five ZeroMQ sockets. */
import { Reply, Router, XPublisher } from "zeromq";
import { address, type Connection } from "../protocol/connection.js";
import { MOST_MESSAGE_BYTES } from "../protocol/messages.js";

/** Messages kept for a client that reads slowly; a long loop prints many. */
const QUEUED_MESSAGES = 100_000;

export type Frames = readonly (Uint8Array | string)[];

export class Sockets {
  readonly shell = new Router({ maxMessageSize: MOST_MESSAGE_BYTES, linger: 500 });
  readonly control = new Router({ maxMessageSize: MOST_MESSAGE_BYTES, linger: 500 });
  readonly stdin = new Router({ maxMessageSize: MOST_MESSAGE_BYTES, linger: 500 });
  readonly iopub = new XPublisher({ sendHighWaterMark: QUEUED_MESSAGES, linger: 500, verbosity: "allSubs" });
  readonly heartbeat = new Reply({ maxMessageSize: 2 ** 16, linger: 0 });
  private readonly sending = new Map<object, Promise<void>>();

  async bind(connection: Connection): Promise<void> {
    await Promise.all([
      this.iopub.bind(address(connection, "iopub")),
      this.stdin.bind(address(connection, "stdin")),
      this.heartbeat.bind(address(connection, "hb")),
      this.control.bind(address(connection, "control")),
      this.shell.bind(address(connection, "shell")),
    ]);
    void this.beat();
  }

  /** Sends in order; a client that is gone is no error. */
  send(socket: Router | XPublisher, frames: Frames): Promise<void> {
    const before = this.sending.get(socket) ?? Promise.resolve();
    const sent = before.then(() => socket.send(frames as Uint8Array[])).catch(() => undefined);
    this.sending.set(socket, sent);
    return sent;
  }

  /** Calls `take` with each message of a socket, one after the other as they come. */
  async receive(socket: Router | XPublisher, take: (frames: Uint8Array[]) => void): Promise<void> {
    for await (const frames of socket) take(frames as Uint8Array[]);
  }

  private async beat(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }
}
