/** @file Stopping what the engines of this process do, whoever asked for it: what a notebook's interrupt means. */

interface Stoppable {
  /** Makes calls that run or wait end before their next step, with `reason`. */
  stop(reason: unknown): void;
}

const engines = new Set<Stoppable>();
let check: (() => void) | undefined;

/** Engines are listed from their first session or call until they are disposed of. */
export function list(engine: Stoppable): void {
  engines.add(engine);
}

export function unlist(engine: Stoppable): void {
  engines.delete(engine);
}

/** Calls in progress end before their next step and reject with `reason`; the engines stay usable. */
export function abortRunning(reason: unknown): void {
  for (const engine of engines) engine.stop(reason);
}

/** Sets what runs before every call of an engine; a call is refused with what it throws. A kernel stops code that was interrupted between two calls. */
export function beforeCalls(refuse: () => void): void {
  check = refuse;
}

/** @throws what the listener of `beforeCalls` throws */
export function checkCall(): void {
  check?.();
}
