/** @file Requests in, replies and output out. */
import type { MessagePort } from "node:worker_threads";
import type { LanguageClient } from "../language/client.js";
import { CHANNELS, type Connection } from "../protocol/connection.js";
import type { Fields, Header, Message, Outgoing, Session } from "../protocol/messages.js";
import { codeOf, cursorRequest, executeRequest, historyRequest, pointsOf } from "../protocol/requests.js";
import { type CommKind, type Order, type Report, weightOf } from "../session/orders.js";
import { Executions } from "./executions.js";
import { History, historyFile } from "./history.js";
import { Interrupter } from "./interrupter.js";
import { kernelInfo } from "./kernel-info.js";
import type { Sockets } from "./sockets.js";

export interface FrontParts {
  readonly sockets: Sockets;
  readonly wire: Session;
  readonly language: LanguageClient;
  /** to the thread that runs cells */
  readonly port: MessagePort;
  /** weight of the output taken, for that thread to see */
  readonly taken: Float64Array;
  readonly connection: Connection;
}

type Reply = Fields & { readonly status: string };

const IDLE_MS = 500;
const FAREWELL_MS = 1500;

export class Front {
  readonly history = new History(historyFile());
  private readonly interrupter: Interrupter;
  private readonly executions: Executions;
  private readonly waiting: Message[] = [];
  private pumping = false;
  private lastRequest = performance.now();
  private openComms: Readonly<Record<string, { target_name: string }>> = {};
  private readonly info = kernelInfo();
  private leaving = false;
  private over: (() => void) | undefined;
  private ready: () => void = () => undefined;
  /** the thread that runs cells is; until then an interrupt waits */
  private readonly running = new Promise<void>((resolve) => {
    this.ready = resolve;
  });

  constructor(private readonly parts: FrontParts) {
    const { port, language } = parts;
    const post = (order: Order) => port.postMessage(order);
    this.interrupter = new Interrupter(post);
    this.executions = new Executions({
      language,
      post,
      publish: (...args) => this.publish(...args),
      history: this.history,
      quiet: () => this.interrupter.quiet(),
    });
    port.on("message", (report: Report) => this.take(report));
  }

  serve(): void {
    const { sockets, language } = this.parts;
    void sockets.receive(sockets.iopub, ([frame]) => this.welcome(frame));
    void sockets.receive(sockets.stdin, (frames) => this.typed(frames));
    void sockets.receive(sockets.control, (frames) => this.accept(frames, (message) => void this.control(message)));
    void sockets.receive(sockets.shell, (frames) => this.accept(frames, (message) => this.shell(message)));
    // who subscribed while the sockets were bound is welcomed first
    setImmediate(() => this.publish("status", { execution_state: "starting" }, {}));
    void language.call("warm", "cells").catch(() => undefined);
    this.warmWhenIdle();
  }

  /** The library's types take seconds to load: while nobody waits, before a cell needs them. */
  private warmWhenIdle(): void {
    const timer = setInterval(() => {
      if (performance.now() - this.lastRequest < IDLE_MS || this.executions.active || this.pumping) return;
      clearInterval(timer);
      void this.parts.language.call("warm", "helpers").catch(() => undefined);
    }, IDLE_MS / 4);
  }

  private accept(frames: Uint8Array[], take: (message: Message) => void): void {
    const message = this.parts.wire.decode(frames);
    if (typeof message !== "string") take(message);
  }

  private shell(message: Message): void {
    const type = message.header.msg_type;
    this.lastRequest = performance.now();
    // beside a running cell: nobody should wait for a completion until a training is over
    if (this.executions.active && QUICK.has(type)) void this.answer(message, "shell");
    else {
      this.waiting.push(message);
      void this.pump();
    }
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    for (let message = this.waiting.shift(); message !== undefined; message = this.waiting.shift()) await this.answer(message, "shell");
    this.pumping = false;
  }

  private async answer(message: Message, channel: "shell" | "control"): Promise<void> {
    const { header } = message;
    this.publish("status", { execution_state: "busy" }, header);
    const reply = await this.reply(message).catch(
      (error: Error): Reply => ({
        status: "error",
        ename: error.name,
        evalue: error.message,
        traceback: [`${error.name}: ${error.message}`],
      }),
    );
    if (reply !== undefined) this.send(channel, message, header.msg_type.replace(/_request$/, "_reply"), reply);
    this.publish("status", { execution_state: "idle" }, header);
    // a front end takes the last status for the kernel's
    const { active } = this.executions;
    if (active !== undefined && active.header !== header) this.publish("status", { execution_state: "busy" }, active.header);
  }

  private async reply(message: Message): Promise<Reply | undefined> {
    const { header, content } = message;
    const { language } = this.parts;
    switch (header.msg_type) {
      case "kernel_info_request":
        return this.info as Reply;
      case "execute_request":
        return this.execute(message);
      case "complete_request":
        return this.complete(content);
      case "inspect_request":
        return this.inspect(content);
      case "is_complete_request":
        return { ...(await language.call("isComplete", codeOf(content))) };
      case "history_request":
        return { status: "ok", history: this.history.find(historyRequest(content)) };
      case "comm_info_request":
        return { status: "ok", comms: this.commsOf(content.target_name) };
      case "connect_request":
        return {
          status: "ok",
          ...Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, this.parts.connection.ports[channel]])),
        };
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        this.parts.port.postMessage(commOrder(header.msg_type, message));
        return undefined;
      case "interrupt_request":
        void this.interrupt();
        return { status: "ok" };
      case "shutdown_request":
        return this.shutDown(message);
      default:
        return undefined;
    }
  }

  private async execute(message: Message): Promise<Reply> {
    const request = executeRequest(message.content);
    const reply = await this.executions.execute(message, request);
    if (reply.status === "error" && request.stopOnError) await this.abortWaiting();
    return reply;
  }

  /** Requests that were sent before this failure was known are not run. */
  private async abortWaiting(): Promise<void> {
    // those that came in one go with the failed one may still be on their way
    await new Promise((resolve) => setTimeout(resolve, 15));
    const aborted = this.waiting.filter(({ header }) => header.msg_type === "execute_request");
    for (const message of aborted) {
      this.waiting.splice(this.waiting.indexOf(message), 1);
      this.publish("status", { execution_state: "busy" }, message.header);
      this.send("shell", message, "execute_reply", {
        status: "error",
        execution_count: this.executions.count,
        ename: "Aborted",
        evalue: "not run: an earlier cell failed",
        traceback: [],
      });
      this.publish("status", { execution_state: "idle" }, message.header);
    }
  }

  private async complete(content: Fields): Promise<Reply> {
    const { code, cursor } = cursorRequest(content);
    const { matches, start, end } = await this.parts.language.call("complete", code, cursor);
    const [from, to] = [pointsOf(code, start), pointsOf(code, end)];
    return {
      status: "ok",
      matches: matches.map(({ text }) => text),
      cursor_start: from,
      cursor_end: to,
      metadata: { _jupyter_types_experimental: matches.map(({ text, kind }) => ({ text, type: kind, start: from, end: to })) },
    };
  }

  private async inspect(content: Fields): Promise<Reply> {
    const { code, cursor } = cursorRequest(content);
    const found = await this.parts.language.call("inspect", code, cursor);
    const data = found === undefined ? {} : { "text/plain": found.text, "text/markdown": found.markdown };
    return { status: "ok", found: found !== undefined, data, metadata: {} };
  }

  private commsOf(target: unknown): Fields {
    return Object.fromEntries(
      Object.entries(this.openComms).filter(([, { target_name }]) => target === undefined || target_name === target),
    );
  }

  private async control(message: Message): Promise<void> {
    if (CONTROL.has(message.header.msg_type)) await this.answer(message, "control");
  }

  private async interrupt(): Promise<void> {
    await this.running;
    const { active } = this.executions;
    const end = () => this.interrupter.interrupt(active?.running);
    const settled = end();
    this.executions.interrupt(settled, end);
  }

  private async shutDown(message: Message): Promise<Reply> {
    const reply = { status: "ok", restart: message.content.restart === true };
    if (this.leaving) return reply;
    this.leaving = true;
    this.publish("shutdown_reply", reply, message.header);
    void this.leave();
    return reply;
  }

  /** Lets cells end their children, sends what is to be sent, and ends the process whatever it is doing. */
  private async leave(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.over = resolve;
    });
    this.parts.port.postMessage({ type: "shutdown" } satisfies Order);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))]);
    // ZeroMQ's own thread sends
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(process.pid, "SIGKILL");
  }

  private take(report: Report): void {
    if (report.type === "ready") this.ready();
    else if (report.type === "heard") this.interrupter.heard(report.round);
    else if (report.type === "comms") this.openComms = report.open;
    else if (report.type === "over") this.over?.();
    else if (report.type === "input") this.ask(report);
    else {
      this.parts.taken[0]! += weightOf(report);
      this.executions.take(report);
    }
  }

  private ask({ cell, request, prompt, password }: Extract<Report, { type: "input" }>): void {
    const asking = this.executions.messageOf(cell);
    this.asked = request;
    if (asking === undefined) this.parts.port.postMessage({ type: "input", request, value: undefined } satisfies Order);
    else this.send("stdin", asking, "input_request", { prompt, password });
  }
  private asked = 0;

  private typed(frames: Uint8Array[]): void {
    this.accept(frames, ({ header, content }) => {
      if (header.msg_type !== "input_reply") return;
      const value = typeof content.value === "string" ? content.value : undefined;
      this.parts.port.postMessage({ type: "input", request: this.asked, value } satisfies Order);
    });
  }

  /** Tells a new subscriber that it hears everything from now on. */
  private welcome(frame: Uint8Array | undefined): void {
    if (frame === undefined || frame[0] !== 1) return;
    const topic = Buffer.from(frame.subarray(1));
    const { sockets, wire } = this.parts;
    void sockets.send(
      sockets.iopub,
      wire.encode({ type: "iopub_welcome", content: { subscription: topic.toString() }, identities: [topic] }),
    );
  }

  private send(channel: "shell" | "control" | "stdin", { identities, header }: Message, type: string, content: Fields): void {
    const { sockets, wire } = this.parts;
    void sockets.send(sockets[channel], wire.encode({ type, content, parent: header, identities }));
  }

  private publish(type: string, content: Fields, parent: Header | Record<string, never>, more: Partial<Outgoing> = {}): void {
    const { sockets, wire } = this.parts;
    void sockets.send(sockets.iopub, wire.encode({ type, content, parent, identities: [type], ...more }));
  }
}

/** Requests that are answered beside a running cell. */
const QUICK = new Set([
  "kernel_info_request",
  "complete_request",
  "inspect_request",
  "is_complete_request",
  "history_request",
  "comm_info_request",
]);

const CONTROL = new Set(["interrupt_request", "shutdown_request", "kernel_info_request"]);

function commOrder(kind: CommKind, { content, metadata, buffers }: Message): Order {
  return { type: "comm", kind, content, metadata, buffers };
}
