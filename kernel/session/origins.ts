/**
 * @file What the library says of where results come from, kept in the notebook: models that ran and calls made go into the metadata of the
 * next result or display, under `neuronbook`.
 */

import { subscribe } from "node:diagnostics_channel";
import path from "node:path";
import { ORIGINS, type PublishedOrigin } from "../../src/engine/origin-channel.js";
import type { Fields } from "../protocol/messages.js";

/** Fewer than a loop over prompts may make; what is beyond is counted. */
const MOST = 100;

/** Of one output. */
export interface RecordedOrigins {
  readonly models: readonly unknown[];
  readonly runs: readonly unknown[];
  /** those beyond the first hundred */
  readonly more?: number;
}

export class Origins {
  /** by their JSON: equal ones count once */
  private pending = new Map<string, PublishedOrigin>();
  private more = 0;

  constructor() {
    subscribe(ORIGINS, (origin) => this.add(origin as PublishedOrigin));
  }

  /** Metadata for an output: what has come since the last one; empty where nothing has. */
  readonly take = (): Fields => {
    if (this.pending.size === 0) return {};
    const all = [...this.pending.values()];
    const neuronbook: RecordedOrigins = {
      models: all.flatMap((origin) => ("model" in origin ? [origin.model] : [])),
      runs: all.flatMap((origin) => ("run" in origin ? [origin.run] : [])),
      ...(this.more > 0 && { more: this.more }),
    };
    this.pending = new Map();
    this.more = 0;
    return { neuronbook };
  };

  private add(origin: PublishedOrigin): void {
    const text = JSON.stringify(origin, (_, part: unknown) => (typeof part === "string" && path.isAbsolute(part) ? shortened(part) : part));
    if (this.pending.size < MOST) this.pending.set(text, JSON.parse(text));
    else if (!this.pending.has(text)) this.more++;
  }
}

/** Digests say which model it was; where it lay on somebody's disk is nobody's business. */
const shortened = (file: string): string => `…/${file.split(path.sep).filter(Boolean).slice(-2).join("/")}`;
