/**
 * @file Which cell is this? Follows a cell through its awaits and timers, so that late output lands below the cell it came from and an
 * interrupt ends what belongs to the cell. Not by AsyncLocalStorage: up to Node 22 it rests on async hooks, and with those Node ends the
 * process when code is terminated in a microtask.
 */

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
  /** interrupted, and its time to tidy up has passed */
  over = false;
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

/** Node's own, which no cell's interrupt stops */
const afterThisTurn = setImmediate;

/** the run whose code is on the stack, as far as that is known */
let current: CellRun | undefined;
let latest: CellRun | undefined;

/** Runs `work` as code of a cell that begins. */
export function inCell<T>(run: CellRun, work: () => T): T {
  latest = run;
  return asRun(run, work);
}

/** Runs a callback of a cell. */
export function asRun<T>(run: CellRun, work: () => T): T {
  const before = current;
  current = run;
  try {
    return work();
  } finally {
    current = before;
  }
}

/** The cell that this code belongs to; else the one that ran last. */
export const currentRun = (): CellRun | undefined => current ?? latest;

/** The cell that this code belongs to, and no guess. */
export const ownRun = (): CellRun | undefined => current;

/** What an await came to, and whose it was. */
export interface AwaitOutcome {
  readonly run: CellRun | undefined;
  readonly value?: unknown;
  readonly failed?: { readonly error: unknown };
}

/** `resume(await guard(x))` is `await x` that an interrupt ends, and that knows its cell when it goes on. */
export function guard(value: unknown): Promise<AwaitOutcome> | AwaitOutcome {
  const run = currentRun();
  if (run === undefined) return settled(undefined, value);
  if (run.interrupted) {
    if (isThenable(value)) value.then(undefined, () => undefined);
    return unwinding(run);
  }
  if (!isThenable(value)) return { run, value };
  return new Promise((resolve) => {
    const stop = (error: Error) => resolve({ run, failed: { error } });
    run.waiting.add(stop);
    void settled(run, value).then((what) => {
      run.waiting.delete(stop);
      resolve(what);
    });
  });
}

/** A turn later, so that a loop that swallows every error does not hold the thread; and never once the cell is over. */
function unwinding(run: CellRun): Promise<AwaitOutcome> {
  return new Promise((resolve) => {
    afterThisTurn(() => {
      if (!run.over) resolve({ run, failed: { error: new KeyboardInterrupt() } });
    });
  });
}

export function resume({ run, value, failed }: AwaitOutcome): unknown {
  if (run !== undefined) {
    current = run;
    // this stretch of code is over when the microtasks that wait now have run
    queueMicrotask(() => {
      if (current === run) current = undefined;
    });
  }
  if (failed !== undefined) throw failed.error;
  return value;
}

/** The same for every step of `for await`. */
export async function* guardEach<T>(values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  let done = false;
  try {
    for (;;) {
      const step = resume(await guard(iterator.next())) as IteratorResult<T>;
      if (step.done) {
        done = true;
        return;
      }
      yield resume(await guard(step.value)) as T;
    }
  } finally {
    if (!done) await iterator.return?.();
  }
}

async function settled(run: CellRun | undefined, value: unknown): Promise<AwaitOutcome> {
  try {
    return { run, value: await value };
  } catch (error) {
    return { run, failed: { error } };
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && (typeof value === "object" || typeof value === "function") && typeof (value as { then?: unknown }).then === "function";
