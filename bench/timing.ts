/** @file Alternating runs of two sides, and what to make of them. */
import fs from "node:fs";

/** Seconds of each run; `peer` is undefined without a peer. */
export interface Times {
  readonly ours: readonly number[];
  readonly peer: readonly number[] | undefined;
}

/** One warm-up of each side, then `runs` of each in turn. */
export async function alternate(runs: number, ours: () => Promise<number>, peer: (() => Promise<number>) | undefined): Promise<Times> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let run = -1; run < runs; run++)
    for (const [side, measure] of [
      ["ours", ours],
      ["peer", peer],
    ] as const) {
      const seconds = await measure?.();
      if (run >= 0 && seconds !== undefined) times[side].push(seconds);
    }
  return { ours: times.ours, peer: peer ? times.peer : undefined };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Highest resident size of this process while `work` runs, in bytes; undefined where Linux's counters are not there. */
export async function peakBytes(work: () => Promise<unknown>): Promise<number | undefined> {
  globalThis.gc?.();
  try {
    fs.writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    await work();
    return undefined;
  }
  await work();
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
