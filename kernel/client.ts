/** @file A client of the kernel: starts its process, asks, and collects what belongs to a request. For headless runs and the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { Dealer, Request, Subscriber } from "zeromq";
import { NeuronbookError } from "../src/errors.js";
import { NEURONBOOK, type Startable } from "./launch.js";
import { address, CHANNELS, type Channel, type Connection } from "./protocol/connection.js";
import { type Fields, type Message, Session } from "./protocol/messages.js";
import { Signer } from "./protocol/signing.js";

export interface KernelOptions {
  /** the notebook's folder: modules and files are found from there */
  readonly folder: string;
  /** default: this package's own */
  readonly kernel?: Startable;
  readonly env?: Readonly<Record<string, string>>;
  /** answers `input()`; absent: the client takes no input */
  readonly onInput?: (prompt: string, password: boolean) => string;
}

export interface ExecuteOptions {
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly expressions?: Readonly<Record<string, string>>;
  /** called with each message as it comes */
  readonly onOutput?: (message: Message) => void;
}

/** What a request led to. */
export interface Answer {
  readonly reply: Message;
  /** what was published for it, in order, from busy to idle */
  readonly published: readonly Message[];
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly published: Message[];
  readonly onOutput: ((message: Message) => void) | undefined;
  reply: Message | undefined;
  idle: boolean;
}

const START_MS = 180_000;
const ASKING_MS = 300;

export class KernelClient {
  readonly connection: Connection;
  readonly wire: Session;
  /** everything published, such as output that comes after its cell is over */
  onPublished: ((message: Message) => void) | undefined;
  /** the kernel asks for input at the address that a request came from, so both sockets have one name */
  private readonly name = randomUUID();
  private readonly shell = new Dealer({ linger: 0, routingId: this.name });
  private readonly control = new Dealer({ linger: 0 });
  private readonly stdin = new Dealer({ linger: 0, routingId: this.name });
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  private readonly pending = new Map<string, Pending>();
  private over: Error | undefined;
  readonly exited: Promise<number | null>;

  private constructor(
    readonly process: ChildProcess,
    connection: Connection,
    private readonly file: string,
    private readonly options: KernelOptions,
  ) {
    this.connection = connection;
    this.wire = new Session(new Signer(connection.key), os.userInfo().username);
    this.exited = new Promise((resolve) => {
      process.on("exit", (code, signal) => {
        this.fail(new NeuronbookError("kernel", `the kernel's process ended (${signal ?? `code ${code}`})`));
        resolve(code);
      });
    });
    process.on("error", (error) => this.fail(error));
  }

  /** Starts a kernel and waits until it answers. */
  static async start(options: KernelOptions): Promise<KernelClient> {
    const ports = await freePorts(CHANNELS.length);
    const connection: Connection = {
      transport: "tcp",
      ip: "127.0.0.1",
      ports: Object.fromEntries(CHANNELS.map((channel, i) => [channel, ports[i]!])) as Record<Channel, number>,
      key: randomUUID(),
    };
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-kernel-"));
    const file = path.join(folder, "connection.json");
    const fields = Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, connection.ports[channel]]));
    fs.writeFileSync(
      file,
      JSON.stringify({ ...fields, transport: "tcp", ip: connection.ip, key: connection.key, signature_scheme: "hmac-sha256" }),
      { mode: 0o600 },
    );
    const [program, ...args] = (options.kernel ?? NEURONBOOK).command(file);
    const child = spawn(program!, args, {
      cwd: options.folder,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const client = new KernelClient(child, connection, folder, options);
    try {
      await client.connect();
    } catch (error) {
      await client.kill();
      throw error;
    }
    return client;
  }

  execute(code: string, options: ExecuteOptions = {}): Promise<Answer> {
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? !options.silent,
      user_expressions: options.expressions ?? {},
      allow_stdin: this.options.onInput !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    return this.request("execute_request", content, { onOutput: options.onOutput });
  }

  request(
    type: string,
    content: Fields = {},
    {
      channel = "shell",
      onOutput,
      buffers = [],
    }: { channel?: "shell" | "control"; onOutput?: (message: Message) => void; buffers?: readonly Uint8Array[] } = {},
  ): Promise<Answer> {
    if (this.over) return Promise.reject(this.over);
    const { header, frames } = this.wire.encodeRequest(type, content, buffers);
    return new Promise((resolve, reject) => {
      this.pending.set(header.msg_id, { resolve, reject, published: [], onOutput, reply: undefined, idle: false });
      this.raw(channel, frames);
    });
  }

  /** Sends frames as they are. */
  raw(channel: "shell" | "control" | "stdin", frames: readonly (Uint8Array | string)[]): void {
    this.sending[channel] = (this.sending[channel] ?? Promise.resolve())
      .then(() => this[channel].send(frames as Uint8Array[]))
      .catch(() => undefined);
  }
  private readonly sending: Record<string, Promise<void>> = {};

  async interrupt(): Promise<void> {
    if (this.options.kernel?.interrupts === "signal") this.process.kill("SIGINT");
    else await this.request("interrupt_request", {}, { channel: "control" });
  }

  /** Does the heart beat? */
  async beats(text = "ping"): Promise<boolean> {
    const heart = new Request({ linger: 0, receiveTimeout: 5000 });
    heart.connect(address(this.connection, "hb"));
    try {
      await heart.send(text);
      const [echo] = await heart.receive();
      return echo?.toString() === text;
    } finally {
      heart.close();
    }
  }

  /** Asks the kernel to end; one that does not is killed. */
  async shutDown(): Promise<void> {
    if (this.over === undefined) {
      void this.request("shutdown_request", { restart: false }, { channel: "control" }).catch(() => undefined);
      const late = new Promise<"late">((resolve) => setTimeout(resolve, 5000, "late").unref());
      if ((await Promise.race([this.exited, late])) === "late") this.process.kill("SIGKILL");
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    if (this.process.exitCode === null && this.process.signalCode === null && this.process.pid !== undefined) await this.exited;
    for (const socket of [this.shell, this.control, this.stdin, this.iopub]) if (!socket.closed) socket.close();
    fs.rmSync(this.file, { recursive: true, force: true });
  }

  private async connect(): Promise<void> {
    for (const channel of ["shell", "control", "stdin", "iopub"] as const) this[channel].connect(address(this.connection, channel));
    this.iopub.subscribe();
    const heard = new Promise<void>((resolve) => {
      this.heard = resolve;
    });
    void this.receive(this.iopub, (message) => this.published(message));
    void this.receive(this.shell, (message) => this.replied(message));
    void this.receive(this.control, (message) => this.replied(message));
    void this.receive(this.stdin, (message) => this.asked(message));
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new NeuronbookError("kernel", `the kernel did not answer within ${START_MS / 1000} s`)), START_MS).unref();
    });
    // what is published before the subscription stands is lost; older kernels do not say when it does, so they are asked until it is heard
    const asking = setInterval(() => this.raw("shell", this.wire.encodeRequest("kernel_info_request", {}).frames), ASKING_MS);
    try {
      await Promise.race([heard.then(() => this.request("kernel_info_request")), late]);
    } finally {
      clearInterval(asking);
    }
  }
  private heard: () => void = () => undefined;

  private async receive(socket: Dealer | Subscriber, take: (message: Message) => void): Promise<void> {
    try {
      for await (const frames of socket) {
        const message = this.wire.decode(frames);
        if (typeof message !== "string") take(message);
      }
    } catch {
      // closed while it waited
    }
  }

  private published(message: Message): void {
    this.heard();
    this.onPublished?.(message);
    const pending = this.pending.get(message.parent.msg_id ?? "");
    if (pending === undefined) return;
    pending.published.push(message);
    pending.onOutput?.(message);
    if (message.header.msg_type === "status" && message.content.execution_state === "idle") {
      pending.idle = true;
      this.settle(message.parent.msg_id!);
    }
  }

  private replied(message: Message): void {
    const pending = this.pending.get(message.parent.msg_id ?? "");
    if (pending === undefined) return;
    pending.reply = message;
    this.settle(message.parent.msg_id!);
  }

  private settle(id: string): void {
    const { resolve, reply, idle, published } = this.pending.get(id)!;
    if (reply === undefined || !idle) return;
    this.pending.delete(id);
    resolve({ reply, published });
  }

  private asked({ header, content }: Message): void {
    if (header.msg_type !== "input_request" || this.options.onInput === undefined) return;
    const value = this.options.onInput(String(content.prompt), content.password === true);
    this.raw("stdin", this.wire.encode({ type: "input_reply", content: { value }, parent: header }));
  }

  private fail(error: Error): void {
    this.over ??= error;
    for (const { reject } of this.pending.values()) reject(this.over);
    this.pending.clear();
  }
}

/** Ports that nobody listens on; held together, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((resolve, reject) => {
          const server = net.createServer();
          server.on("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
