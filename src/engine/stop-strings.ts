/** @file Ends texts that hold a stop string. The caller's thread reads along and raises a flag; the text is cut at the same place
 * whatever the timing. */
import { OptionError } from "../errors.js";
import type { Tokenizer } from "./tokenizer.js";

export class StopStrings {
  /** shared with the worker, one flag a lane */
  readonly ended: Int32Array;
  private readonly written: number[][];

  /** @throws OptionError for stop strings without a tokenizer, or an empty one */
  constructor(
    private readonly strings: readonly string[],
    private readonly tokenizer: Tokenizer | undefined,
    lanes: number,
  ) {
    if (strings.includes("")) throw new OptionError("stopStrings", "", "strings of at least one character");
    if (strings.length > 0 && !tokenizer)
      throw new OptionError("stopStrings", strings, "none: this checkpoint has no tokenizer; use stopTokens");
    this.ended = new Int32Array(new SharedArrayBuffer(4 * lanes));
    this.written = Array.from({ length: lanes }, () => []);
  }

  /** One token a lane, -1 for none. */
  push(tokens: Int32Array): void {
    if (this.strings.length === 0) return;
    tokens.forEach((token, lane) => {
      if (token < 0) return;
      this.written[lane].push(token);
      if (this.find(this.tokenizer!.decode(this.written[lane])) >= 0) Atomics.store(this.ended, lane, 1);
    });
  }

  /** The tokens up to the one that completes a stop string, and the text before it. */
  cut(tokens: Int32Array): { ids: Int32Array; text: string; hit: boolean } {
    const text = this.tokenizer?.decode(tokens) ?? "";
    if (this.find(text) < 0) return { ids: tokens, text, hit: false };
    for (let n = 1; n <= tokens.length; n++) {
      const ids = tokens.slice(0, n);
      const part = this.tokenizer!.decode(ids);
      const at = this.find(part);
      if (at >= 0) return { ids, text: part.slice(0, at), hit: true };
    }
    return { ids: tokens, text, hit: false };
  }

  private find(text: string): number {
    const found = this.strings.map((s) => text.indexOf(s)).filter((at) => at >= 0);
    return found.length > 0 ? Math.min(...found) : -1;
  }
}
