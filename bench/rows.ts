/** @file A line of the report: one task on both sides. */
import { median } from "./timing.js";

export interface Row {
  readonly task: string;
  /** median over the runs */
  readonly ours: number;
  readonly peer: number | undefined;
  /** ours / peer of the medians */
  readonly ratio: number | undefined;
  readonly unit: "seconds" | "bytes";
  /** least over the runs */
  readonly oursMin?: number;
  readonly peerMin?: number;
  readonly ratioMin?: number;
  /** do both sides compute the same? */
  readonly same?: string;
  /** seconds of all cores that the process had, user and system; median over the runs. Tells more than time where others use the machine */
  readonly oursCpu?: number;
  readonly peerCpu?: number;
  readonly cpuRatio?: number;
}

export function timeRow(task: string, ours: readonly number[], peer: readonly number[] | undefined): Row {
  const row: Row = {
    task,
    ours: median(ours),
    peer: peer && median(peer),
    ratio: peer && median(ours) / median(peer),
    unit: "seconds",
    oursMin: Math.min(...ours),
  };
  return peer ? { ...row, peerMin: Math.min(...peer), ratioMin: Math.min(...ours) / Math.min(...peer) } : row;
}

const figure = (value: number | undefined, unit: Row["unit"]) =>
  value === undefined ? "-" : unit === "bytes" ? `${(value / 2 ** 20).toFixed(0)} MiB` : `${value.toFixed(3)} s`;

export function report({ task, ours, peer, ratio, ratioMin, cpuRatio, unit, same }: Row): void {
  const cells = [task.padEnd(24), figure(ours, unit).padStart(10), figure(peer, unit).padStart(10), (ratio?.toFixed(3) ?? "-").padStart(7)];
  const more = [ratioMin && `min/min ${ratioMin.toFixed(3)}`, cpuRatio && `cpu ${cpuRatio.toFixed(3)}`].filter(Boolean).join(", ");
  console.error(`${cells.join("  ")}${more && `  (${more})`}${same ? `  ${same}` : ""}`);
}
