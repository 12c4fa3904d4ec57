/** @file Figures to PNG: a worker that is started for the first figure and ends when none has come for a while. */
import { Worker } from "node:worker_threads";
import { NeuronbookError } from "../../errors.js";
import type { PngAnswer, PngRequest } from "./protocol.js";

interface Pending {
  readonly resolve: (png: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** plotly takes 100 MB while it is loaded */
const IDLE_MS = 60_000;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let count = 0;
const pending = new Map<number, Pending>();

/** @throws NeuronbookError (`figure`) where plotly or the rasteriser fails */
export function renderPng(request: Omit<PngRequest, "id">): Promise<Uint8Array> {
  const id = ++count;
  const running = start();
  clearTimeout(idle);
  return new Promise<Uint8Array>((resolve, reject) => {
    pending.set(id, { resolve, reject });
    running.ref();
    running.postMessage({ ...request, id } satisfies PngRequest);
  }).finally(() => {
    if (pending.size > 0) return;
    running.unref();
    idle = setTimeout(() => {
      if (worker === running) worker = undefined;
      running.terminate();
    }, IDLE_MS).unref();
  });
}

function start(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL("./worker.js", import.meta.url), { name: "neuronbook-figures", execArgv: [] });
  started.on("message", (answer: PngAnswer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if ("png" in answer) waiting?.resolve(answer.png);
    else waiting?.reject(new NeuronbookError("figure", `the figure could not be drawn: ${answer.error}`));
  });
  const failed = (error: NeuronbookError) => {
    if (worker !== started) return;
    worker = undefined;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  started.on("error", (cause) => failed(new NeuronbookError("figure", `no figure can be drawn here: ${cause.message}`, { cause })));
  started.on("exit", (code) => failed(new NeuronbookError("figure", `the drawing of figures ended with code ${code}`)));
  worker = started;
  return started;
}
