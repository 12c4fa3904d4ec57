/** @file Calls to the language thread, from whichever thread holds a port to it. */
import type { LanguageCall, LanguageCalls, LanguageReply, LanguageRequest } from "./requests.js";

/** A port or a worker. */
interface Channel {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: LanguageReply) => void): unknown;
}

export class LanguageClient {
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;

  constructor(private readonly channel: Channel) {
    channel.on("message", (reply) => {
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if ("failed" in reply) waiting?.reject(new Error(reply.failed));
      else waiting?.resolve(reply.value as never);
    });
  }

  call<C extends LanguageCall>(call: C, ...args: LanguageCalls[C]["args"]): Promise<LanguageCalls[C]["result"]> {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.channel.postMessage({ id, call, args } satisfies LanguageRequest<C>);
    });
  }

  /** Fails every call that waits: the thread has ended. */
  fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
