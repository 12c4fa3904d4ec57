/** @file Alternating runs of two sides, and what to make of them. */
import fs from "node:fs";

/** What each run gave; `peer` is undefined without a peer. */
export interface Runs<T> {
  readonly ours: readonly T[];
  readonly peer: readonly T[] | undefined;
}

/** One warm-up of each side, then `runs` of each in turn. */
export async function alternate<T>(runs: number, ours: () => Promise<T>, peer: (() => Promise<T>) | undefined): Promise<Runs<T>> {
  const given = { ours: [] as T[], peer: [] as T[] };
  for (let run = -1; run < runs; run++)
    for (const [side, measure] of [
      ["ours", ours],
      ["peer", peer],
    ] as const) {
      const value = await measure?.();
      if (run >= 0 && value !== undefined) given[side].push(value);
    }
  return { ours: given.ours, peer: peer ? given.peer : undefined };
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

/** Time of some work, and seconds that all threads of this process computed in it. */
export interface Cost {
  readonly seconds: number;
  readonly cpu: number;
}

export async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage();
  const taken = await seconds(work);
  const { user, system } = process.cpuUsage(before);
  return { seconds: taken, cpu: (user + system) / 1e6 };
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
