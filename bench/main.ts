/**
 * @file `npm run bench [-- engine|training] [--json FILE] [--runs N] [--threads N] [--tasks a,b]`: our figures beside torch's where a Python with
 * torch and transformers is found (`NEURONBOOK_PYTHON`, else python3), else ours alone.
 */
import fs from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { NeuronbookError, version } from "../src/index.js";
import { engineRows } from "./engine.js";
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
if (suite !== "engine" && suite !== "training") {
  console.error(`unknown benchmark ${suite}; known: engine, training`);
  process.exit(2);
}
const threads = Number(values.threads);
const python = findPython(suite === "training" ? ["peft"] : []);
const openPeer = python === undefined ? undefined : () => new Peer(python, threads);
const peer = openPeer?.();
if (!peer) console.error("no Python with torch and transformers was found (NEURONBOOK_PYTHON names one): these are our own figures alone");
const versions = await peer?.ask("info");
console.error(
  `${"task".padEnd(24)}  ${"ours".padStart(10)}  ${"torch".padStart(10)}  ${"ratio".padStart(7)}   medians of ${values.runs} runs, ${threads} threads`,
);
try {
  const options = { threads, runs: Number(values.runs), tasks: values.tasks?.split(",") };
  const rows = suite === "engine" ? await engineRows(peer, options) : await trainingRows(openPeer, options);
  const machine = {
    cpu: os.cpus()[0]?.model,
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    node: process.version,
    neuronbook: version,
    threads,
    peer: versions,
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
  peer?.end();
}
