/** @file Which cell is this? Follows a cell through its timers and promises, so that late output lands below the cell it came from. */
import { AsyncLocalStorage } from "node:async_hooks";

/** Thrown into a cell by an interrupt. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  constructor() {
    super("the cell was interrupted");
  }
}

/** One run of a cell. */
export class CellRun {
  interrupted = false;
  /** awaits that an interrupt ends */
  readonly waiting = new Set<(reason: Error) => void>();

  constructor(
    readonly id: number,
    readonly silent: boolean,
    readonly allowStdin: boolean,
  ) {}

  interrupt(): void {
    this.interrupted = true;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const reject of waiting) reject(new KeyboardInterrupt());
  }
}

const storage = new AsyncLocalStorage<CellRun>();
tolerateInterrupts();
let latest: CellRun | undefined;

export function inCell<T>(run: CellRun, work: () => T): T {
  latest = run;
  return storage.run(run, work);
}

/** The cell that this code belongs to; else the one that ran last. */
export const currentRun = (): CellRun | undefined => storage.getStore() ?? latest;

/** The cell that this code belongs to, and no guess. */
export const ownRun = (): CellRun | undefined => storage.getStore();

/** `await guard(x)` is `await x` that an interrupt ends. */
export function guard<T>(value: T): T | Promise<Awaited<T>> {
  const run = storage.getStore();
  if (run === undefined) return value;
  if (run.interrupted) {
    if (isThenable(value)) value.then(undefined, () => undefined);
    return Promise.reject(new KeyboardInterrupt());
  }
  if (!isThenable(value)) return value;
  return new Promise<Awaited<T>>((resolve, reject) => {
    run.waiting.add(reject);
    value.then(
      (got) => {
        run.waiting.delete(reject);
        resolve(got as Awaited<T>);
      },
      (error) => {
        run.waiting.delete(reject);
        reject(error);
      },
    );
  });
}

/** The same for every step of `for await`. */
export async function* guardEach<T>(values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  let done = false;
  try {
    for (;;) {
      const step = await guard(iterator.next() as Promise<IteratorResult<T>>);
      if (step.done) {
        done = true;
        return;
      }
      yield (await guard(step.value)) as T;
    }
  } finally {
    if (!done) await iterator.return?.();
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && (typeof value === "object" || typeof value === "function") && typeof (value as { then?: unknown }).then === "function";

/**
 * While a storage is in use, Node 20 and 22 end the process when code that was terminated leaves its stack of async ids behind. The
 * command line's `--no-force-async-hooks-checks` takes back one of two reasons to check; this takes back the other.
 */
function tolerateInterrupts(): void {
  storage.run(new CellRun(0, true, false), () => undefined);
  const { noDeprecation } = process;
  try {
    process.noDeprecation = true;
    const { async_hook_fields: fields, constants } = (process as unknown as { binding(name: string): AsyncWrap }).binding("async_wrap");
    fields[constants.kCheck] = 0;
  } catch {
    // later versions keep the context without async hooks, and have no such binding
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

interface AsyncWrap {
  readonly async_hook_fields: Uint32Array;
  readonly constants: { readonly kCheck: number };
}
