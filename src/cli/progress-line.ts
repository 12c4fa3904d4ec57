/** @file How far a run is, on stderr: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
import type { Progress } from "../engine/progress.js";

/** Runs that are over by then show nothing. */
const QUIET_MS = 2000;
const TERMINAL_MS = 200;
const PLAIN_MS = 10_000;

/** What is written to: stderr, as far as it matters here. */
export interface ProgressTarget {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface PhaseProgress extends Pick<Progress, "unit" | "done" | "total"> {
  readonly loss?: number;
  readonly secondsLeft?: number;
}

export class ProgressLine {
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout;
  private label = "";
  private text = "";
  private phaseStarted = this.started;
  private shown = "";
  private shownAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly target: ProgressTarget) {
    this.timer = setInterval(() => this.show(), TERMINAL_MS);
    this.timer.unref();
  }

  /** Starts a phase. @returns what to call as it goes on; a training's progress shows its loss and the time left too */
  phase(label: string): (progress: PhaseProgress) => void {
    this.label = label;
    this.text = label;
    this.phaseStarted = performance.now();
    return ({ unit, done, total, loss, secondsLeft }) => {
      this.text = `${label}: ${done} of ${total} ${unit}`;
      if (loss !== undefined) this.text += `, loss ${loss.toFixed(3)}`;
      if (secondsLeft !== undefined) this.text += `, ${duration(secondsLeft)} left`;
    };
  }

  /** Says in words of its own how far the phase is. */
  detail(text: string): void {
    this.text = `${this.label}, ${text}`;
  }

  /** Says something on a line of its own. */
  note(text: string): void {
    this.clear();
    this.target.write(`${text}\n`);
  }

  /** Ends the display and leaves the line empty. */
  stop(): void {
    clearInterval(this.timer);
    this.clear();
    this.text = "";
  }

  private show(): void {
    const now = performance.now();
    if (this.text === "" || now - this.started < QUIET_MS) return;
    const line = `${this.text} (${Math.floor((now - this.phaseStarted) / 1000)} s)`;
    if (this.target.isTTY) {
      const cut = line.slice(0, Math.max(20, (this.target.columns || 80) - 1));
      if (cut === this.shown) return;
      this.target.write(`\r\u001b[2K${cut}`);
      this.shown = cut;
    } else if (now - this.shownAt >= PLAIN_MS) {
      this.target.write(`${line}\n`);
      this.shownAt = now;
    }
  }

  private clear(): void {
    if (this.target.isTTY && this.shown !== "") this.target.write("\r\u001b[2K");
    this.shown = "";
  }
}

const duration = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);
