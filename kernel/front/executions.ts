/** @file Running cells: compiled by the language thread, run by the session's, their output published below the right cell. */
import type { LanguageClient } from "../language/client.js";
import type { Fields, Header, Message, Outgoing } from "../protocol/messages.js";
import type { ExecuteRequest } from "../protocol/requests.js";
import type { MimeBundle, Order, Report, Thrown } from "../session/orders.js";
import type { History } from "./history.js";
import { StreamPieces } from "./streams.js";

export interface ExecutionParts {
  readonly language: LanguageClient;
  readonly history: History;
  readonly post: (order: Order) => void;
  readonly publish: (type: string, content: Fields, parent: Header | Record<string, never>, more?: Partial<Outgoing>) => void;
  /** resolves when no interrupt is under way */
  readonly quiet: () => Promise<void>;
}

type Done = Extract<Report, { type: "done" }>;
type Failure = Readonly<Record<"ename" | "evalue", string>> & { readonly traceback: readonly string[] };
type Outcome = { readonly result?: MimeBundle; readonly metadata?: Fields; readonly failure?: Failure };

interface Active {
  readonly header: Header;
  readonly message: Message;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  /** cell that the session runs for it now */
  running: number | undefined;
  interrupted: boolean;
  /** ends the wait for TypeScript or for the session */
  stop: ((done: Done | undefined) => void) | undefined;
}

/** After an interrupt that was heard, a session that says nothing for so long will say nothing. */
const SILENCE_MS = 2000;
const MOST_REMEMBERED = 10_000;

const MESSAGE = "the cell was interrupted";
/** put into words here: the language thread may be in the check that was interrupted */
const INTERRUPTED: Failure = {
  ename: "KeyboardInterrupt",
  evalue: MESSAGE,
  traceback: [`\u001b[0;31mKeyboardInterrupt: ${MESSAGE}\u001b[0m`],
};

export class Executions {
  /** execution count of the last cell */
  count = 0;
  active: Active | undefined;
  private cells = 0;
  /** the request that each cell belongs to; cells may write long after they ran */
  private readonly owners = new Map<number, { readonly message: Message; readonly silent: boolean }>();
  /** stray errors that are being put into words */
  private straying: Promise<void> = Promise.resolve();
  private readonly streams = new StreamPieces(({ cell, name, text }) => {
    const owner = this.owners.get(cell);
    if (!owner?.silent) this.parts.publish("stream", { name, text }, owner?.message.header ?? {});
  });

  constructor(private readonly parts: ExecutionParts) {}

  async execute(message: Message, request: ExecuteRequest): Promise<Fields & { readonly status: string }> {
    const { code, silent, storeHistory, expressions, allowStdin } = request;
    const { header } = message;
    const active: Active = { header, message, silent, allowStdin, running: undefined, interrupted: false, stop: undefined };
    this.active = active;
    try {
      if (storeHistory) {
        this.count++;
        this.parts.history.add(this.count, code);
      }
      const count = this.count;
      if (!silent) this.parts.publish("execute_input", { code, execution_count: count }, header);
      const outcome = await this.run(active, code, silent ? "In [silent]" : `In [${count}]`);
      if (storeHistory) this.parts.history.finish(count, outcome.result?.["text/plain"] as string | undefined);
      if (outcome.failure !== undefined) {
        if (!silent) this.parts.publish("error", outcome.failure, header);
        return { status: "error", execution_count: count, ...outcome.failure, payload: [], user_expressions: {} };
      }
      if (outcome.result !== undefined && !silent)
        this.parts.publish("execute_result", { execution_count: count, data: outcome.result, metadata: outcome.metadata ?? {} }, header);
      return { status: "ok", execution_count: count, payload: [], user_expressions: await this.evaluate(active, expressions) };
    } finally {
      this.streams.flush();
      this.active = undefined;
    }
  }

  /**
   * Ends the wait of the active request.
   *
   * @param settled resolves when the session has heard of it
   * @param again interrupts once more what holds the session's thread since then
   */
  interrupt(settled: Promise<void>, again: () => Promise<void>): void {
    const { active } = this;
    if (active === undefined) return;
    active.interrupted = true;
    // still with TypeScript: nothing has run
    if (active.running === undefined) active.stop?.(undefined);
    else {
      const { running } = active;
      const still = () => active.running === running;
      const silent = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      void settled
        .then(silent)
        .then(() => (still() ? again().then(silent) : undefined))
        .then(() => still() && active.stop?.(undefined));
    }
  }

  messageOf(cell: number): Message | undefined {
    return this.owners.get(cell)?.message;
  }

  take(report: Extract<Report, { type: "stream" | "output" | "stray" | "done" | "ready" }>): void {
    if (report.type === "ready") return;
    if (report.type === "stream") {
      this.streams.add(report);
      return;
    }
    this.streams.flush();
    if (report.type === "done") {
      if (this.active?.running === report.cell) this.active.stop?.(report);
      return;
    }
    const owner = this.owners.get(report.cell);
    const parent = owner?.message.header ?? {};
    if (owner?.silent) return;
    if (report.type === "output") {
      const { kind, content, metadata, buffers } = report;
      this.parts.publish(kind, content, parent, { metadata, buffers });
    } else this.straying = Promise.all([this.straying, this.stray(report.error, parent)]).then(() => undefined);
  }

  private async run(active: Active, code: string, label: string): Promise<Outcome> {
    const { language, post, quiet, publish } = this.parts;
    if (code.trim() === "") return {};
    const id = ++this.cells;
    this.own(id, active);
    const compiled = await this.orStopped(active, language.call("compile", id, code, label));
    if (compiled === undefined) return { failure: INTERRUPTED };
    if (compiled.status === "error") {
      const { ename, evalue, traceback } = compiled;
      return { failure: { ename, evalue, traceback } };
    }
    if (compiled.warnings.length > 0 && !active.silent)
      publish("stream", { name: "stderr", text: `${compiled.warnings.join("\n")}\n` }, active.header);
    await quiet();
    if (active.interrupted) return { failure: INTERRUPTED };
    const { file, names, helpers } = compiled;
    const { silent, allowStdin } = active;
    const done = await new Promise<Done | undefined>((resolve) => {
      active.running = id;
      active.stop = resolve;
      post({ type: "run", cell: { id, code: compiled.code, file, names, helpers, silent, allowStdin } });
    });
    active.running = undefined;
    active.stop = undefined;
    await this.straying;
    void language.call("commit", id, done?.kept ?? []);
    if (done === undefined) return { failure: INTERRUPTED };
    if (done.error !== undefined) return { failure: await this.failure(done.error) };
    return { result: done.result, metadata: done.metadata };
  }

  private async evaluate(active: Active, expressions: Readonly<Record<string, string>>): Promise<Fields> {
    const found: Record<string, Fields> = {};
    for (const [name, expression] of Object.entries(expressions)) {
      this.active = { ...active, silent: true };
      const { result, failure } = await this.run(this.active, `(${expression})`, name);
      found[name] = failure
        ? { status: "error", ...failure }
        : { status: "ok", data: result ?? { "text/plain": "undefined" }, metadata: {} };
    }
    return found;
  }

  private orStopped<T>(active: Active, work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      active.stop = () => resolve(undefined);
      work.then(resolve, reject);
      if (active.interrupted) resolve(undefined);
    });
  }

  private async failure({ name, message, stack }: Thrown): Promise<Failure> {
    const traceback = await this.parts.language.call("explain", name, message, stack);
    return { ename: name, evalue: clean(message), traceback };
  }

  private async stray(error: Thrown, parent: Header | Record<string, never>): Promise<void> {
    if (error.name === INTERRUPTED.ename) return;
    const { traceback } = await this.failure(error);
    this.parts.publish("stream", { name: "stderr", text: `Uncaught ${traceback.join("\n")}\n` }, parent);
  }

  private own(id: number, { message, silent }: Active): void {
    this.owners.set(id, { message, silent });
    if (this.owners.size > MOST_REMEMBERED) this.owners.delete(this.owners.keys().next().value!);
  }
}

/** Messages of V8 name a cell's variables as the rewriting did. */
const clean = (text: string): string => text.replaceAll(/\(0 ?, ?\$cells\.([\p{ID_Continue}$]+)\)/gu, "$1").replaceAll("$cells.", "");
