/**
 * @file Keeps tslab's compiler alive when folders change. tslab gives TypeScript's watch mode one timer, for the next compilation. TypeScript
 * sets another when a folder changes in which a module was looked for in vain, any folder above the notebook's included; tslab takes that
 * for an error and compiles nothing any more ("Unexpected pending rebuildTimer"). Here the other timer is one of Node's.
 */
import type { System } from "typescript";

/** TypeScript's own name of what the other timer runs. */
const OTHER = "invalidateResolutionsOfFailedLookup";

type Callback = (...args: unknown[]) => void;

/** To be called before tslab makes its compiler, which sets `setTimeout` and `clearTimeout` on a copy of `sys`. */
export function allowSecondTimer(sys: System): void {
  onSet(sys, "setTimeout", (own: (callback: Callback, ms: number) => unknown) => (callback: Callback, ms: number) => {
    return callback.name === OTHER ? setTimeout(callback, ms) : own(callback, ms);
  });
  onSet(sys, "clearTimeout", (own: (timer: unknown) => void) => (timer: unknown) => {
    if (isNodes(timer)) clearTimeout(timer);
    else own(timer);
  });
}

/** What is set on an object that inherits from `sys` is wrapped. */
function onSet<F>(sys: System, name: "setTimeout" | "clearTimeout", wrap: (own: F) => F): void {
  const { [name]: otherwise } = sys;
  Object.defineProperty(sys, name, {
    configurable: true,
    get: () => otherwise,
    set(this: object, own: F) {
      Object.defineProperty(this, name, { configurable: true, writable: true, value: wrap(own) });
    },
  });
}

const isNodes = (timer: unknown): timer is NodeJS.Timeout => typeof (timer as { unref?: unknown } | undefined)?.unref === "function";
