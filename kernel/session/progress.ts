/** @file Progress bars below a cell. */
import { randomUUID } from "node:crypto";
import type { Progress } from "../../src/engine/progress.js";
import type { Displays } from "./display.js";

const UPDATE_MS = 100;

export interface ProgressBar {
  /** One step further, or `by` steps. */
  advance(by?: number): void;
  /** Ends the display where it is. */
  done(): void;
}

export interface ProgressApi {
  /** A listener for `onProgress`: `contrast(a, b, prompts, { onProgress: progress("contrast") })`. */
  (label: string): (progress: Pick<Progress, "done" | "total" | "unit">) => void;
  /** A bar that the caller moves on. */
  (total: number, label?: string): ProgressBar;
  /** The same items, with a bar that shows how many have been taken. */
  <T>(items: Iterable<T>, label?: string): Iterable<T>;
}

export function progressApi(displays: Displays): ProgressApi {
  return ((what: string | number | Iterable<unknown>, label = "") => {
    if (typeof what === "string") {
      let bar: Bar | undefined;
      return ({ done, total, unit }: Pick<Progress, "done" | "total" | "unit">) => {
        bar ??= new Bar(displays, what);
        bar.show(done, total, unit);
      };
    }
    if (typeof what === "number") return counted(new Bar(displays, label), what);
    return taken(what, new Bar(displays, label));
  }) as ProgressApi;
}

function counted(bar: Bar, total: number): ProgressBar {
  let done = 0;
  bar.show(0, total, "");
  return {
    advance: (by = 1) => {
      done += by;
      bar.show(done, total, "");
    },
    done: () => bar.show(done, total, "", true),
  };
}

function* taken<T>(items: Iterable<T>, bar: Bar): Generator<T> {
  const total = Array.isArray(items) ? items.length : ((items as { size?: number }).size ?? undefined);
  let done = 0;
  bar.show(0, total, "");
  try {
    for (const item of items) {
      yield item;
      bar.show(++done, total, "");
    }
  } finally {
    bar.show(done, total, "", true);
  }
}

class Bar {
  private readonly id = randomUUID();
  private shown = Number.NEGATIVE_INFINITY;
  private readonly started = performance.now();

  constructor(
    private readonly displays: Displays,
    private readonly label: string,
  ) {}

  show(done: number, total: number | undefined, unit: string, last = done === total): void {
    const now = performance.now();
    if (!last && now - this.shown < UPDATE_MS) return;
    const first = this.shown < 0;
    this.shown = now;
    const seconds = ((now - this.started) / 1000).toFixed(now - this.started < 10_000 ? 1 : 0);
    const of = total === undefined ? `${done}` : `${done} of ${total}`;
    const text = [this.label && `${this.label}:`, of, unit, `(${seconds} s)`].filter((part) => part !== "").join(" ");
    const bar = total === undefined || total <= 0 ? "" : `<progress value="${done}" max="${total}"></progress> `;
    const data = { "text/html": `<div>${bar}${escaped(text)}</div>`, "text/plain": text };
    this.displays.show(first ? "display_data" : "update_display_data", data, this.id);
  }
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
