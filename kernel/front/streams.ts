/** @file Text of cells in messages of sensible size: a loop that prints a line at a time must not become a message a line. */
import type { Report } from "../session/orders.js";

type Text = Extract<Report, { type: "stream" }>;

const PIECE = 16 * 2 ** 10;
const PIECE_MS = 15;

export class StreamPieces {
  private held: Text | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (text: Text) => void) {}

  add(next: Text): void {
    const { held } = this;
    if (held === undefined || held.cell !== next.cell || held.name !== next.name) {
      this.flush();
      this.held = next;
      this.timer = setTimeout(() => this.flush(), PIECE_MS);
    } else this.held = { ...held, text: held.text + next.text };
    if (this.held.text.length >= PIECE) this.flush();
  }

  /** To be called before anything else is published. */
  flush(): void {
    const { held } = this;
    if (held === undefined) return;
    clearTimeout(this.timer);
    this.held = undefined;
    this.publish(held);
  }
}
