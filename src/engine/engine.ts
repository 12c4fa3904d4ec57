/** @file The engine: one worker thread with ONNX Runtime in it, the sessions it holds, and calls to it. */
import os from "node:os";
import { Worker } from "node:worker_threads";
import { DisposedError, EngineError, OptionError } from "../errors.js";
import type { CompiledGraph } from "../graph/index.js";
import {
  type Answer,
  type DecoderFacts,
  type Envelope,
  type GenerateReply,
  type GenerateRequest,
  PROVIDERS,
  type Provider,
  type ProviderStatus,
  type Request,
  type ScoreReply,
  type ScoreRequest,
  type TrainReply,
  type TrainRequest,
} from "./protocol.js";
import { checkCall, list, unlist } from "./running.js";

export interface EngineOptions {
  /** threads of one op; default: `NEURONBOOK_THREADS`, else the machine's cores as Node sees them (`os.availableParallelism()`) */
  threads?: number;
  /** where graphs run; `"auto"` (default) tries cuda, then webgpu where their libraries load, then cpu */
  provider?: Provider | "auto";
  /**
   * bytes that one engine may use beside the first copy of a model's weights: a quarter for one batch's activations and key/value
   * cache, the rest for further sessions, of which the least recently used are released. Default 4 GiB.
   */
  memory?: number;
}

/** What a session is made from. `key` names it: equal keys share a session. */
export interface SessionSpec {
  readonly key: string;
  readonly compile: () => CompiledGraph;
  readonly facts: Omit<DecoderFacts, "inputs">;
  /** bytes of weights that the session will hold */
  readonly bytes: number;
  readonly inPlace: boolean;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onTokens?: (tokens: Int32Array) => void;
  readonly signal?: AbortSignal;
  /** shared with the worker: not 0 = stop before the next step */
  readonly cancel: Int32Array;
  /** why it was stopped from outside */
  stopped?: { readonly reason: unknown };
}

interface HeldSession {
  readonly id: number;
  readonly bytes: number;
  readonly ready: Promise<unknown>;
  /** gives the session up; until it is ready */
  abandon: ((reason: unknown) => void) | undefined;
  users: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  onTokens?: (tokens: Int32Array) => void;
}

export class Engine {
  readonly threads: number;
  readonly memory: number;
  readonly provider: Provider | "auto";
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  /** in order of use, the last one used last */
  private readonly sessions = new Map<string, HeldSession>();
  private count = 0;
  private disposed = false;
  private chosen: Promise<Provider> | undefined;
  private decided = false;

  constructor(options: EngineOptions = {}) {
    const { threads = defaultThreads(), provider = "auto", memory = 4 * 2 ** 30 } = options;
    if (!Number.isInteger(threads) || threads < 1) throw new OptionError("threads", threads, "a whole number from 1");
    if (!["auto", "cpu", "cuda", "webgpu"].includes(provider)) throw new OptionError("provider", provider, "auto, cpu, cuda or webgpu");
    if (!(memory >= 2 ** 20)) throw new OptionError("memory", memory, "bytes, at least 1 MiB");
    this.threads = threads;
    this.provider = provider;
    this.memory = memory;
  }

  /** Bytes that one batch may use for activations and key/value cache. */
  get batchBytes(): number {
    return this.memory / 4;
  }

  score(request: Omit<ScoreRequest, "type">, options?: CallOptions): Promise<ScoreReply> {
    return this.call({ type: "score", ...request }, options) as Promise<ScoreReply>;
  }

  generate(request: Omit<GenerateRequest, "type">, options?: CallOptions): Promise<GenerateReply> {
    return this.call({ type: "generate", ...request }, options) as Promise<GenerateReply>;
  }

  /** One forward and backward pass; an abort is heeded before it begins. */
  train(request: Omit<TrainRequest, "type">, options?: CallOptions): Promise<TrainReply> {
    return this.call({ type: "train", ...request }, options) as Promise<TrainReply>;
  }

  /**
   * Runs `use` with the id of a session, made now or kept from before; it is not released while in use.
   * @throws EngineError when the runtime refuses the graph
   */
  async withSession<T>(spec: SessionSpec, use: (session: number) => Promise<T>): Promise<T> {
    const entry = this.sessions.get(spec.key) ?? this.open(spec);
    this.sessions.delete(spec.key);
    this.sessions.set(spec.key, entry);
    entry.users++;
    try {
      await entry.ready;
      return await use(entry.id);
    } finally {
      entry.users--;
    }
  }

  /** The provider in use. `"auto"` is decided by trying a tiny graph on each. */
  resolveProvider(): Promise<Provider> {
    if (this.provider !== "auto") return Promise.resolve(this.provider);
    if (this.chosen === undefined) {
      const chosen = this.firstProvider();
      this.chosen = chosen;
      chosen.then(
        () => {
          this.decided = true;
        },
        () => {
          if (this.chosen === chosen) this.chosen = undefined;
        },
      );
    }
    return this.chosen;
  }

  /** Does a provider work on this machine, and if not, why? */
  probe(provider: Provider): Promise<ProviderStatus> {
    return this.call({ type: "probe", provider }) as Promise<ProviderStatus>;
  }

  /** Number of sessions held. */
  get sessionCount(): number {
    return this.sessions.size;
  }

  /**
   * Ends the worker and frees everything; calls that wait fail with DisposedError. A step in progress is waited for: a thread that is
   * ended in the midst of native work takes the process with it.
   */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    unlist(this);
    const waiting = [...this.pending.values()];
    // answered after everything before it; fails only when the worker is gone
    const idle = this.worker && this.call({ type: "release", session: -1 }).catch(() => undefined);
    this.disposed = true;
    for (const { reject, cancel } of waiting) {
      Atomics.store(cancel, 0, 1);
      reject(new DisposedError("the engine"));
    }
    this.sessions.clear();
    await idle;
    await this.worker?.terminate();
  }

  /**
   * Ends what runs or waits before its next step: those calls reject with `reason`, and the engine stays usable. What is being made goes:
   * a kernel's interrupt may have ended the code that makes it in its midst, and it would be waited for for ever.
   */
  stop(reason: unknown): void {
    if (!this.decided) this.chosen = undefined;
    for (const pending of this.pending.values()) {
      pending.stopped ??= { reason };
      Atomics.store(pending.cancel, 0, 1);
    }
    for (const [key, session] of this.sessions) {
      if (session.abandon === undefined) continue;
      this.sessions.delete(key);
      session.abandon(reason);
      // the worker may have it by then; fails only when the worker is gone
      if (this.worker) this.call({ type: "release", session: session.id }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  private async firstProvider(): Promise<Provider> {
    for (const provider of PROVIDERS) if (provider === "cpu" || (await this.probe(provider)).works) return provider;
    return "cpu";
  }

  private open(spec: SessionSpec): HeldSession {
    this.makeRoom(spec.bytes);
    list(this);
    const id = ++this.count;
    let abandon: HeldSession["abandon"];
    const ready = new Promise<void>((resolve, reject) => {
      abandon = reject;
      this.load(id, spec).then(resolve, reject);
    });
    const session: HeldSession = { id, bytes: spec.bytes, ready, abandon, users: 0 };
    ready.then(
      () => {
        session.abandon = undefined;
      },
      () => {
        if (this.sessions.get(spec.key) === session) this.sessions.delete(spec.key);
      },
    );
    return session;
  }

  private async load(id: number, spec: SessionSpec): Promise<void> {
    const provider = await this.resolveProvider();
    const graph = spec.compile();
    await this.call({
      type: "load",
      session: id,
      bytes: graph.bytes,
      folder: graph.folder,
      facts: { ...spec.facts, inputs: graph.inputs.map((input) => input.name) },
      options: { providers: provider === "cpu" ? ["cpu"] : [provider, "cpu"], threads: this.threads, inPlace: spec.inPlace },
    });
  }

  /** Releases the least recently used idle sessions until another fits. Two always fit: lock step needs them. */
  private makeRoom(bytes: number): void {
    const room = this.memory - this.batchBytes;
    let held = [...this.sessions.values()].reduce((sum, session) => sum + session.bytes, 0);
    for (const [key, session] of this.sessions) {
      if (this.sessions.size < 2 || held + bytes <= room) return;
      if (session.users > 0) continue;
      this.sessions.delete(key);
      held -= session.bytes;
      // fails only when the worker is gone, and the session with it
      this.call({ type: "release", session: session.id }).catch(() => undefined);
    }
  }

  private call(request: Request, options: CallOptions = {}): Promise<unknown> {
    if (this.disposed) return Promise.reject(new DisposedError("the engine"));
    const { signal, onTokens } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (request.type !== "release") checkCall();
    } catch (reason) {
      return Promise.reject(reason);
    }
    const id = ++this.count;
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = () => Atomics.store(cancel, 0, 1);
    signal?.addEventListener("abort", onAbort, { once: true });
    const worker = this.start();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onTokens, signal, cancel });
      worker.ref();
      worker.postMessage({ id, cancel, request } satisfies Envelope);
    }).finally(() => {
      signal?.removeEventListener("abort", onAbort);
      // while disposing, the worker must hold the process until it has ended
      if (this.pending.size === 0 && !this.disposed) worker.unref();
    });
  }

  private start(): Worker {
    if (this.worker) return this.worker;
    list(this);
    const worker = new Worker(new URL("./worker.js", import.meta.url), { name: "neuronbook-engine", execArgv: [] });
    worker.on("message", (answer: Answer) => this.receive(answer));
    const fail = (error: unknown) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.sessions.clear();
      for (const { reject } of this.pending.values()) reject(error);
      this.pending.clear();
    };
    worker.on("error", (cause) =>
      fail(new EngineError(`the engine's worker failed: ${cause.message}; the next call starts a new one`, { cause })),
    );
    worker.on("exit", (code) => fail(new EngineError(`the engine's worker ended with code ${code}; the next call starts a new one`)));
    this.worker = worker;
    return worker;
  }

  private receive(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    if (answer.type === "tokens") {
      try {
        pending.onTokens?.(answer.tokens);
      } catch (error) {
        // the caller's own function failed: his error ends the call, not the process
        this.pending.delete(answer.id);
        Atomics.store(pending.cancel, 0, 1);
        pending.reject(error);
      }
      return;
    }
    this.pending.delete(answer.id);
    if (pending.stopped) pending.reject(pending.stopped.reason);
    else if (answer.type === "done") pending.resolve(answer.value);
    else if (answer.name === "AbortError") pending.reject(pending.signal?.reason ?? new DOMException(answer.message, "AbortError"));
    else pending.reject(new EngineError(answer.message, { cause: Object.assign(new Error(answer.message), { stack: answer.stack }) }));
  }
}

let shared: Engine | undefined;

/** The engine of this process that models use unless they are given another; made on first use. */
export function defaultEngine(): Engine {
  shared ??= new Engine();
  return shared;
}

/** For processes that share a machine: threads of one wait for the other's. @throws OptionError for anything but a whole number from 1 */
function defaultThreads(): number {
  const { NEURONBOOK_THREADS: given } = process.env;
  if (given === undefined || given === "") return os.availableParallelism();
  if (!/^[1-9]\d*$/.test(given)) throw new OptionError("NEURONBOOK_THREADS", given, "a whole number from 1");
  return Number(given);
}
