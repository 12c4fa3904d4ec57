/** @file Figures to PNG: a worker that is started for the first figure and ends when none has come for a while. */
import { Worker } from "node:worker_threads";
import { NeuronbookError } from "../../errors.js";
import type { PngAnswer, PngRequest } from "./protocol.js";

/** plotly takes 100 MB while it is loaded */
const IDLE_MS = 60_000;
/** a figure takes half a second; one that takes this long, on however busy a machine, never ends */
const LIMIT_MS = 600_000;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
/** figures are drawn one after the other, so that one that never ends takes no other with it */
let before: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** @throws NeuronbookError (`figure`) where plotly or the rasteriser fails */
export function renderPng(request: PngRequest): Promise<Uint8Array> {
  waiting += 1;
  clearTimeout(idle);
  const drawn = before.then(() => draw(request));
  before = drawn
    .catch(() => undefined)
    .then(() => {
      waiting -= 1;
      if (waiting === 0) idle = setTimeout(end, IDLE_MS).unref();
    });
  return drawn;
}

async function draw(request: PngRequest): Promise<Uint8Array> {
  worker ??= new Worker(new URL("./worker.js", import.meta.url), { name: "neuronbook-figures", execArgv: [] });
  const answer = await answerOf(worker, request);
  if ("error" in answer) throw new NeuronbookError("figure", `the figure could not be drawn: ${answer.error}`);
  return answer.png;
}

async function answerOf(drawing: Worker, request: PngRequest): Promise<PngAnswer> {
  let limit: NodeJS.Timeout | undefined;
  try {
    return await new Promise<PngAnswer>((resolve, reject) => {
      const fail = (message: string, options?: ErrorOptions) => reject(new NeuronbookError("figure", message, options));
      drawing.once("message", resolve);
      drawing.once("error", (cause) => fail(`no figure can be drawn here: ${cause.message}`, { cause }));
      drawing.once("exit", (code) => fail(`the drawing of figures ended with code ${code}`));
      limit = setTimeout(() => fail(`the figure was not drawn in ${LIMIT_MS / 1000} s`), LIMIT_MS);
      drawing.ref();
      drawing.postMessage(request);
    });
  } catch (error) {
    // the next figure gets a new worker
    end();
    throw error;
  } finally {
    clearTimeout(limit);
    for (const event of ["message", "error", "exit"]) drawing.removeAllListeners(event);
    drawing.unref();
  }
}

function end(): void {
  worker?.terminate();
  worker = undefined;
}
