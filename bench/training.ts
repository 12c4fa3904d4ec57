/**
 * @file Training steps against torch + transformers + peft: the same examples, threads and machine, in turn; AdamW and clipping included.
 * Loss and gradients of both sides are compared first.
 */
import { fork } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "../src/index.js";
import { stepGradients, trainingSession } from "../src/training/step-gradients.js";
import { train } from "../src/training/train.js";
import { openCheckpoint } from "../src/weights/checkpoint.js";
import { locateModel } from "../src/weights/hub.js";
import { readFloat32, readSafetensorsHeader } from "../src/weights/safetensors.js";
import { writeOrganismCheckpoint } from "./organism-checkpoint.js";
import type { Peer } from "./peer.js";
import { type Row, report, timeRow } from "./rows.js";
import { alternate, type Cost, cost, median, peakBytes } from "./timing.js";
import { type OpenCase, openCase, peerRequest, type TrainingCase, trainingCases } from "./training-cases.js";

interface Options {
  readonly threads: number;
  readonly runs: number;
  readonly tasks?: readonly string[];
}

/** The usual way in torch, and the one that computes logits only where there is a loss. */
const HEADS = ["every", "answers"] as const;
type Head = (typeof HEADS)[number];

/** The rows of every task asked for, reported on stderr as they come. `openPeer` starts a torch process that holds nothing yet. */
export async function trainingRows(openPeer: (() => Peer) | undefined, options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-bench-"));
  try {
    for (const [index, each] of trainingCases(organismIn(folder)).entries()) {
      const found = openCheckpoint(await locateModel(each.model)).folder;
      const heads = (task: string) => HEADS.filter((head) => !options.tasks || options.tasks.includes(task + suffix(head)));
      await memoryRows(index, each, found, heads(`${each.name}-memory`));
      for (const head of heads(each.name)) await timeRows(each, found, head);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  return rows;

  function add(row: Row): void {
    rows.push(row);
    report(row);
  }

  /** Each side in a process of its own, which has done nothing before. */
  async function memoryRows(index: number, each: TrainingCase, found: string, heads: readonly Head[]): Promise<void> {
    const ours = heads.length > 0 ? await peakInChild(index, options.threads, folder) : undefined;
    for (const head of heads) {
      using peer = openPeer?.();
      await peer?.ask("train-open", peerRequest(each, found, head));
      const theirs = (await peer?.ask("train-steps", { steps: peakSteps(each), peak: true }))?.peak_bytes;
      const ratio = theirs && ours ? ours / theirs : undefined;
      add({ task: `${each.name}-memory${suffix(head)}`, ours: ours ?? Number.NaN, peer: theirs, ratio, unit: "bytes" });
    }
  }

  async function timeRows(each: TrainingCase, found: string, head: Head): Promise<void> {
    await using engine = new Engine({ threads: options.threads, provider: "cpu" });
    const open = await openCase(each, engine);
    using peer = openPeer?.();
    await peer?.ask("train-open", peerRequest(each, found, head));
    const same = peer && (await agreement(open, peer, path.join(folder, "gradients.safetensors")));
    const ask = async (): Promise<Cost> => {
      const { seconds, cpu_seconds } = await peer!.ask("train-steps", { steps: each.steps });
      return { seconds, cpu: cpu_seconds as number };
    };
    const costs = await alternate(options.runs, () => cost(() => trainSteps(open, each)), peer && ask);
    const seconds = (side: readonly Cost[]) => side.map((run) => run.seconds / each.steps);
    const cpu = (side: readonly Cost[]) => median(side.map((run) => run.cpu / each.steps));
    const row = timeRow(each.name + suffix(head), seconds(costs.ours), costs.peer && seconds(costs.peer));
    const [oursCpu, peerCpu] = [cpu(costs.ours), costs.peer && cpu(costs.peer)];
    add({ ...row, oursCpu, peerCpu, cpuRatio: peerCpu && oursCpu / peerCpu, same });
  }
}

const suffix = (head: Head): string => (head === "every" ? "" : "-answer-rows");

/** Moments of all weights are there from the second step on; those of scales are too small to matter. */
const peakSteps = ({ trained }: TrainingCase): number => (trained === "weights" ? 2 : 1);

function trainSteps({ model, trainable, objective }: OpenCase, { steps }: TrainingCase): Promise<unknown> {
  const batch = objective.lengths.length;
  return train(model, trainable, objective, { steps, batch, learningRate: 1e-4, schedule: "constant" });
}

/** The largest difference of the gradients of one parameter, in shares of its largest gradient. */
async function agreement({ model, trainable, objective }: OpenCase, peer: Peer, file: string): Promise<string> {
  const { loss } = await peer.ask("train-gradients", { file });
  const all = objective.lengths.map((_, i) => i);
  const values = trainable.parameters.map(({ initial }) => initial());
  const { numbers, sums } = await model.engine.withSession(trainingSession(model, trainable, objective), (session) =>
    stepGradients({ model, session, trainable, objective, passes: [all], values }),
  );
  const { tensors } = readSafetensorsHeader(file);
  let worst = 0;
  trainable.parameters.forEach(({ name }, n) => {
    const theirs = readFloat32(tensors.get(name)!);
    let [largest, difference] = [0, 0];
    for (let i = 0; i < theirs.length; i++) {
      largest = Math.max(largest, Math.abs(theirs[i]));
      difference = Math.max(difference, Math.abs(theirs[i] - sums[n][i]));
    }
    worst = Math.max(worst, difference / largest);
  });
  return `losses ${numbers.loss.toFixed(5)} and ${(loss as number).toFixed(5)}, gradients within ${worst.toExponential(1)}`;
}

const organismIn = (folder: string): string => {
  const organism = path.join(folder, "organism");
  if (!fs.existsSync(organism)) writeOrganismCheckpoint(organism);
  return organism;
};

function peakInChild(index: number, threads: number, folder: string): Promise<number | undefined> {
  const child = fork(fileURLToPath(import.meta.url), [String(index), String(threads), folder], { execArgv: ["--expose-gc"] });
  return new Promise((resolve, reject) => {
    let peak: number | undefined;
    child.on("message", (message) => {
      peak = (message as { peak?: number }).peak;
    });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve(peak) : reject(new Error(`the process that measures memory ended with code ${code}`)),
    );
  });
}

/** In the child: highest resident size of a process that opens a case and trains. */
async function childPeak([index, threads, folder]: readonly string[]): Promise<void> {
  const each = trainingCases(organismIn(folder))[Number(index)];
  const peak = await peakBytes(async () => {
    await using engine = new Engine({ threads: Number(threads), provider: "cpu" });
    await trainSteps(await openCase(each, engine), { ...each, steps: peakSteps(each) });
  });
  process.send!({ peak });
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  await childPeak(process.argv.slice(2));
  process.disconnect();
}
