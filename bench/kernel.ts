/**
 * @file The kernel beside tslab and ipykernel, in turn in one run: each is started, works, and is ended, in a folder where the library is
 * installed. Times are those of a client, from the request until reply and `idle` have come. The library is asked for three seconds after the
 * first cell.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, KernelClient } from "../kernel/client.js";
import { NEURONBOOK, type Startable } from "../kernel/launch.js";
import { NeuronbookError } from "../src/index.js";
import { median, seconds } from "./timing.js";

interface Subject extends Startable {
  readonly name: string;
  /** the first use of the library, or of what one would import in its place */
  readonly library: string;
  /** declares `NAME = { field: NUMBER }` */
  readonly declare: (name: string, number: number) => string;
}

/** Medians in seconds; undefined where a kernel is not installed. */
export interface KernelRow {
  readonly task: string;
  /** of ours */
  readonly goal?: number;
  readonly [kernel: string]: number | string | undefined;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const GOALS: Readonly<Record<string, number>> = { start: 1.5, "1 + 1": 0.015, "the library": 0.3, completion: 0.1 };
const CELLS = 100;
const REPEATS = 15;
const READING_MS = 3000;

const javascript = (name: string, number: number) => `const ${name} = { field: ${number} };`;

function subjects(python: string | undefined): Subject[] {
  const tslab = createRequire(import.meta.url).resolve("tslab/bin/tslab");
  const found: Subject[] = [
    { ...NEURONBOOK, name: "neuronbook", library: "typeof contrast", declare: javascript },
    {
      name: "tslab",
      command: (file) => [process.execPath, tslab, "kernel", "--config-path", file],
      interrupts: "signal",
      library: 'import { contrast } from "neuronbook"; typeof contrast',
      declare: javascript,
    },
  ];
  if (python !== undefined)
    found.push({
      name: "ipykernel",
      command: (file) => [python, "-m", "ipykernel_launcher", "-f", file],
      interrupts: "message",
      library: "import torch",
      declare: (name, number) => `class ${name}:\n    field = ${number}`,
    });
  return found;
}

/** The Python whose ipykernel is measured: `NEURONBOOK_PYTHON`, else `python3`. */
function findIpykernel(): string | undefined {
  const candidates = [process.env.NEURONBOOK_PYTHON, "python3"].filter((name) => name !== undefined);
  return candidates.find((name) => spawnSync(name, ["-c", "import ipykernel, torch"], { stdio: "ignore" }).status === 0);
}

/** The rows of every task, reported on stderr. */
export async function kernelRows({ runs }: { readonly runs: number }): Promise<KernelRow[]> {
  const measured = subjects(findIpykernel());
  const times = new Map<string, Map<string, number[]>>();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-bench-"));
  try {
    fs.mkdirSync(path.join(folder, "node_modules"));
    fs.symlinkSync(ROOT, path.join(folder, "node_modules", "neuronbook"));
    // a warm-up of each, then in turn
    for (let run = -1; run < runs; run++)
      for (const subject of measured)
        for (const [task, time] of await timesOf(subject, folder)) {
          if (run < 0) continue;
          const row = times.get(task) ?? new Map<string, number[]>();
          times.set(task, row);
          row.set(subject.name, [...(row.get(subject.name) ?? []), time]);
        }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  const rows = [...times].map(([task, row]): KernelRow => {
    const medians = Object.fromEntries([...row].map(([name, values]) => [name, median(values)]));
    return { task, ...(task in GOALS && { goal: GOALS[task] }), ...medians };
  });
  report(rows, ["goal", "neuronbook", "tslab", "ipykernel"]);
  return rows;
}

async function timesOf(subject: Subject, folder: string): Promise<[task: string, seconds: number][]> {
  const times: [string, number][] = [];
  let kernel!: KernelClient;
  times.push(["start", await seconds(async () => (kernel = await KernelClient.start({ kernel: subject, folder })))]);
  try {
    const run = async (code: string) => right(await kernel.execute(code), subject, code);
    const complete = (code: string) => kernel.request("complete_request", { code, cursor_pos: code.length });
    const often = async (work: (i: number) => Promise<unknown>) => {
      const each: number[] = [];
      for (let i = 0; i < REPEATS; i++) each.push(await seconds(() => work(i)));
      return median(each);
    };
    times.push(["first cell, at once", await seconds(() => run("1 + 1"))]);
    // a notebook is opened before its first cells are read and run
    await new Promise((resolve) => setTimeout(resolve, READING_MS));
    times.push(["the library", await seconds(() => run(subject.library))]);
    times.push(["1 + 1", await often(() => run("1 + 1"))]);
    await run(subject.declare("wanted", 1));
    await complete("wanted.f");
    times.push(["completion", await often(() => complete("wanted.f"))]);
    for (let i = 0; i < CELLS; i++) await run(subject.declare(`cell${i}`, i));
    times.push([`1 + 1, after ${CELLS} cells`, await often(() => run("1 + 1"))]);
    times.push([`completion, after ${CELLS} cells`, await often((i) => complete(`cell${i}.f`))]);
  } finally {
    await kernel.shutDown();
  }
  return times;
}

/** A kernel that fails fast is not fast. */
function right({ reply }: Answer, { name }: Subject, code: string): void {
  if (reply.content.status !== "ok") throw new NeuronbookError("bench", `${name} fails on \`${code}\`: ${JSON.stringify(reply.content)}`);
}

function report(rows: readonly KernelRow[], columns: readonly string[]): void {
  const line = (cells: readonly string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(30) : cell.padStart(11))).join("");
  const milliseconds = (value: unknown) => (typeof value === "number" ? `${(value * 1000).toFixed(1)} ms` : "-");
  console.error(line(["task", ...columns]));
  for (const row of rows) console.error(line([row.task, ...columns.map((column) => milliseconds(row[column]))]));
}
