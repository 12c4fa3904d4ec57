/**
 * @file `npm run bench [-- engine|training|kernel] [--json FILE] [--runs N] [--threads N] [--tasks a,b]`: our figures beside torch's where a Python with
 * torch and transformers is found (`NEURONBOOK_PYTHON`, else python3), else ours alone. The kernel stands beside tslab and ipykernel.
 */
import fs from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { NeuronbookError, version } from "../src/index.js";
import { engineRows } from "./engine.js";
import { kernelRows } from "./kernel.js";
import { findPython, Peer } from "./peer.js";
import { trainingRows } from "./training.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    runs: { type: "string", default: "5" },
    threads: { type: "string", default: String(os.availableParallelism()) },
    tasks: { type: "string" },
  },
});
const suite = positionals[0] ?? "engine";
if (suite !== "engine" && suite !== "training" && suite !== "kernel") {
  console.error(`unknown benchmark ${suite}; known: engine, training, kernel`);
  process.exit(2);
}
const threads = Number(values.threads);
const runs = Number(values.runs);
const peers = suite === "kernel" ? undefined : await openPeers(suite);
try {
  const options = { threads, runs, tasks: values.tasks?.split(",") };
  const rows =
    suite === "kernel"
      ? await kernelRows(options)
      : suite === "engine"
        ? await engineRows(peers?.first, options)
        : await trainingRows(peers?.open, options);
  const machine = {
    cpu: os.cpus()[0]?.model,
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    node: process.version,
    neuronbook: version,
    threads,
    peer: peers?.versions,
  };
  const text = `${JSON.stringify({ machine, rows }, null, 2)}\n`;
  if (values.json) {
    fs.writeFileSync(`${values.json}.part`, text);
    fs.renameSync(`${values.json}.part`, values.json);
  } else process.stdout.write(text);
} catch (error) {
  if (!(error instanceof NeuronbookError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  peers?.first.end();
}

/** torch's side: a process, its versions, and how to start another; undefined without a Python that has it. */
async function openPeers(suite: "engine" | "training"): Promise<{ first: Peer; open: () => Peer; versions: object } | undefined> {
  const python = findPython(suite === "training" ? ["peft"] : []);
  if (python === undefined)
    console.error("no Python with torch and transformers was found (NEURONBOOK_PYTHON names one): these are our own figures alone");
  const columns = `${"task".padEnd(24)}  ${"ours".padStart(10)}  ${"torch".padStart(10)}  ${"ratio".padStart(7)}`;
  console.error(`${columns}   medians of ${runs} runs, ${threads} threads`);
  if (python === undefined) return undefined;
  const open = () => new Peer(python, threads);
  const first = open();
  return { first, open, versions: await first.ask("info") };
}
