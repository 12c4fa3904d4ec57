/**
 * @file The engine's worker thread. ONNX Runtime blocks the thread that it runs on, so it runs here and the caller's event loop keeps
 * ticking. Requests are served one after the other; a shared flag cancels the current one between steps.
 */
import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { generateBatch } from "./generate-batch.js";
import type { LoadedSession } from "./loaded-session.js";
import { probeProvider } from "./probe.js";
import type { Answer, Elements, Envelope, LoadRequest, Request } from "./protocol.js";
import { scoreBatch } from "./score-batch.js";
import { trainPass } from "./train-pass.js";

const sessions = new Map<number, LoadedSession>();
let queue: Promise<void> = Promise.resolve();

parentPort!.on("message", (envelope: Envelope) => {
  queue = queue.then(() => serve(envelope));
});

async function serve({ id, cancel, request }: Envelope): Promise<void> {
  const answer = (message: Answer, transfer: ArrayBuffer[] = []) => parentPort!.postMessage(message, transfer);
  const checkCancelled = () => {
    if (Atomics.load(cancel, 0) !== 0) throw new DOMException("cancelled", "AbortError");
  };
  try {
    checkCancelled();
    const value = await handle(request, checkCancelled, (tokens) => answer({ id, type: "tokens", tokens }));
    answer({ id, type: "done", value }, buffersOf(value));
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    answer({ id, type: "failed", name, message, stack });
  }
}

async function handle(request: Request, checkCancelled: () => void, onTokens: (tokens: Int32Array) => void): Promise<unknown> {
  switch (request.type) {
    case "load":
      return load(request);
    case "probe":
      return probeProvider(request.provider);
    case "release":
      await sessions.get(request.session)?.session.release();
      return sessions.delete(request.session);
    case "score":
      return scoreBatch(request, sessionOf);
    case "generate":
      return generateBatch(request, sessionOf, { onTokens, checkCancelled });
    case "train":
      return trainPass(request, sessionOf);
  }
}

function sessionOf(id: number): LoadedSession {
  const loaded = sessions.get(id);
  if (!loaded) throw new Error(`internal: session ${id} is not loaded`);
  return loaded;
}

async function load({ session, bytes, folder, facts, options }: LoadRequest): Promise<void> {
  const settings: Record<string, string> = {};
  if (folder !== undefined) settings.model_external_initializers_file_folder_path = folder;
  if (options.inPlace) settings.disable_prepacking = "1";
  const made = await ort.InferenceSession.create(bytes, {
    executionProviders: options.providers as string[],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // patterns are kept for every shape seen: texts have many lengths
    enableMemPattern: false,
    // its errors are thrown as well
    logSeverityLevel: 4,
    extra: { session: settings },
  });
  sessions.set(session, { session: made, facts, inputs: new Set(facts.inputs), rope: { positions: 0, feeds: {} } });
}

/** Memory of the typed arrays in a reply: handed over instead of copied again. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === value.buffer.byteLength && value.buffer instanceof ArrayBuffer)
      found.add((value as Elements).buffer as ArrayBuffer);
  } else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) buffersOf(part, found);
  return [...found];
}
