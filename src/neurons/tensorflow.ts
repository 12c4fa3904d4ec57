import path from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "../errors.js";

/** The TensorFlow.js namespace. */
export type Tensorflow = typeof import("@tensorflow/tfjs");

export interface TensorflowChoice {
  readonly tf: Tensorflow;
  /** npm package that it comes from. */
  readonly package: string;
  /** `"tensorflow"` (native), `"wasm"` or `"cpu"` (plain JavaScript). */
  readonly backend: string;
}

/** What became of one way to get TensorFlow.js. */
export interface TensorflowAttempt {
  readonly package: string;
  readonly backend: string;
  readonly outcome: "used" | "not installed" | "failed" | "not needed";
  /** Why it failed. */
  readonly reason?: string;
}

export interface TensorflowStatus {
  readonly package: string;
  readonly backend: string;
  /** Version of TensorFlow.js. */
  readonly version: string;
  readonly attempts: readonly TensorflowAttempt[];
  /** How to add the GPU package, or what to do where it failed; empty where it is in use. */
  readonly advice: string;
}

/** Package and backend, best first. */
export type TensorflowCandidate = readonly [name: string, backend: string];

const gpuPackage = "@tensorflow/tfjs-node-gpu";
const candidates: readonly TensorflowCandidate[] = [
  [gpuPackage, "tensorflow"],
  ["@tensorflow/tfjs-node", "tensorflow"],
  ["@tensorflow/tfjs", "wasm"],
  ["@tensorflow/tfjs", "cpu"],
];

let inUse: string | undefined;
let chosen: Promise<{ choice: TensorflowChoice; attempts: readonly TensorflowAttempt[] }> | undefined;

/**
 * TensorFlow.js on the best backend present: `@tensorflow/tfjs-node-gpu`, else `@tensorflow/tfjs-node`, else wasm, else plain JavaScript.
 * Loaded at the first call, which sets TensorFlow.js's backend for the whole process; later calls return the same.
 *
 * @throws EngineError where not even the last one works
 */
export async function tensorflow(): Promise<TensorflowChoice> {
  return (await choose()).choice;
}

/** Which package and backend is used, what was tried before it, and how to add the GPU one. Loads TensorFlow.js. */
export async function tensorflowStatus(): Promise<TensorflowStatus> {
  const { choice, attempts } = await choose();
  return {
    package: choice.package,
    backend: choice.backend,
    version: choice.tf.version_core,
    attempts,
    advice: advice(attempts),
  };
}

/** Package, version and backend that this process uses, for results to record; undefined until TensorFlow.js was first needed. */
export function tensorflowInUse(): string | undefined {
  return inUse;
}

function choose() {
  chosen ??= chooseTensorflow(candidates, loadTensorflow).then((made) => {
    inUse = `${made.choice.package} ${made.choice.tf.version_core}, backend ${made.choice.backend}`;
    return made;
  });
  return chosen;
}

/** Takes the first candidate that loads; a package that is not installed is no failure. Apart from {@link tensorflow} for its tests. */
export async function chooseTensorflow(
  list: readonly TensorflowCandidate[],
  loader: (name: string, backend: string) => Promise<Tensorflow>,
): Promise<{ choice: TensorflowChoice; attempts: readonly TensorflowAttempt[] }> {
  const attempts: TensorflowAttempt[] = [];
  let choice: TensorflowChoice | undefined;
  for (const [name, backend] of list) {
    const attempt = { package: name, backend };
    if (choice !== undefined) {
      attempts.push({ ...attempt, outcome: "not needed" });
      continue;
    }
    try {
      choice = { ...attempt, tf: await loader(name, backend) };
      attempts.push({ ...attempt, outcome: "used" });
    } catch (error) {
      attempts.push(
        notInstalled(error, name) ? { ...attempt, outcome: "not installed" } : { ...attempt, outcome: "failed", reason: reasonOf(error) },
      );
    }
  }
  if (choice === undefined) {
    const tried = attempts.map((one) => `${one.package} (${one.backend}): ${one.reason ?? one.outcome}`);
    throw new EngineError(`TensorFlow.js does not load; install neuronbook's dependencies again. Tried ${tried.join("; ")}`);
  }
  return { choice, attempts };
}

/** What to do for a GPU, from what was tried. */
export function advice(attempts: readonly TensorflowAttempt[]): string {
  const gpu = attempts.find((one) => one.package === gpuPackage);
  if (gpu?.outcome === "used") return "";
  // Its native library is TensorFlow 2.9.
  const needs = "Linux or Windows, an NVIDIA GPU, CUDA 11.2 and cuDNN 8.1";
  if (gpu?.outcome === "failed") return `${gpuPackage} is installed but does not work; it needs ${needs}: ${gpu.reason}`;
  return `For TensorFlow.js on a GPU: npm install ${gpuPackage} (needs ${needs}; its install step downloads TensorFlow's native library)`;
}

/** Loads one candidate and makes it the backend. Apart from {@link tensorflow} for its tests. */
export async function loadTensorflow(name: string, backend: string): Promise<Tensorflow> {
  const found = import.meta.resolve(name);
  // The native library logs its start on stderr unless told otherwise before it loads.
  if (backend === "tensorflow") process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  const loaded = (await import(found)) as Tensorflow & { readonly default?: Tensorflow };
  const tf = loaded.default ?? loaded;
  if (backend === "wasm") await prepareWasm();
  if (backend === "cpu") muteSuggestion(tf);
  if (!(await tf.setBackend(backend))) throw new EngineError(`backend ${backend} does not start`);
  await checkWorks(tf);
  return tf;
}

async function prepareWasm(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const binary = import.meta.resolve("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm");
  setWasmPaths(`${path.dirname(fileURLToPath(binary))}${path.sep}`);
}

/** On its first tensor the backend prints that others are faster; the status says so where it is asked for. */
function muteSuggestion(tf: Tensorflow): void {
  const cpu = tf.engine().findBackend("cpu") as { firstUse?: boolean } | null;
  if (cpu !== null) cpu.firstUse = false;
}

/** A native package can load and still fail at its first operation, for instance on a Node version later than it was made for. */
async function checkWorks(tf: Tensorflow): Promise<void> {
  const sum = tf.tidy(() => tf.matMul(tf.concat([tf.tensor2d([[1]]), tf.tensor2d([[2]])], 1), tf.tensor2d([[3], [4]])));
  const [value] = await sum.data();
  sum.dispose();
  if (value !== 11) throw new EngineError(`computes 1 * 3 + 2 * 4 = ${value}`);
}

function notInstalled(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && /'([^']*)'/.exec(message)?.[1] === name;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
}
