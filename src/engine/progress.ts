/** @file How far a long call has come. */

export interface Progress {
  /** what is counted: `"tokens"`, `"positions"`, `"prompts"` … */
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** since the call began */
  readonly seconds: number;
}

/** Counts and reports; does nothing where nobody listens. */
export class Reporter {
  private done = 0;
  private readonly started = performance.now();

  constructor(
    private readonly unit: string,
    private readonly total: number,
    private readonly listener: ((progress: Progress) => void) | undefined,
  ) {}

  advance(by: number): void {
    this.done += by;
    this.listener?.({ unit: this.unit, done: this.done, total: this.total, seconds: (performance.now() - this.started) / 1000 });
  }
}
