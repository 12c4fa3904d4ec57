/** @file Timers that cells start, so that an interrupt can stop them. */
import { asRun, ownRun } from "./context.js";

type Handle = ReturnType<typeof setTimeout> | ReturnType<typeof setImmediate>;
type Timer = (callback: (...args: unknown[]) => void, ...rest: unknown[]) => Handle;

const started = new Map<Handle, number>();
const original = { setTimeout, setInterval, setImmediate, clearTimeout, clearImmediate };

export function watchTimers(): void {
  const globals = globalThis as unknown as Record<string, Timer>;
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    const begin = original[name] as unknown as Timer;
    const watched: Timer = (callback, ...rest) => {
      const run = ownRun();
      if (run === undefined || typeof callback !== "function") return begin(callback, ...rest);
      const handle = begin(
        (...args) => {
          if (name !== "setInterval") started.delete(handle);
          asRun(run, () => callback(...args));
        },
        ...rest,
      );
      started.set(handle, run.id);
      return handle;
    };
    globals[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(original[name])) as Timer;
  }
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"] as const) {
    const end = globals[name] as unknown as (handle: Handle | undefined) => void;
    globals[name] = ((handle: Handle | undefined) => {
      started.delete(handle as Handle);
      end(handle);
    }) as unknown as Timer;
  }
}

/** Stops the timers of a cell, or those of all. */
export function stopTimers(cell: number | undefined): void {
  for (const [handle, id] of started) {
    if (cell !== undefined && id !== cell) continue;
    started.delete(handle);
    original.clearTimeout(handle as ReturnType<typeof setTimeout>);
    original.clearImmediate(handle as ReturnType<typeof setImmediate>);
  }
}
