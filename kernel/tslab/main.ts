/**
 * @file tslab's kernel with the library preloaded: `node main.js CONNECTION_FILE`. Compiler, executor and server are tslab's own; added are
 * a preamble that imports every helper (types are imported where they are needed), results shown as the other kernel shows them (tables,
 * figures), `display` and `progress`, and replies that say which error ended a cell.
 */
import { createRequire } from "node:module";
import { createConverter } from "tslab/dist/converter.js";
import { createExecutor, type Executor } from "tslab/dist/executor.js";
import jupyter from "tslab/dist/jupyter.js";
import type { System } from "typescript";
import { abortRunning } from "../../src/engine/running.js";
import * as library from "../../src/index.js";
import { DisplayHandle, Displays } from "../session/display.js";
import { mimeBundle } from "../session/mime.js";
import type { Report } from "../session/orders.js";
import { progressApi } from "../session/progress.js";
import { provideLibrary } from "./library.js";
import { allowSecondTimer } from "./second-timer.js";

/** Time for the last messages to leave. */
const CLOSING_MS = 200;

const PREAMBLE = `import { ${Object.keys(library).join(", ")} } from "neuronbook";
import { Display } from "neuronbook/dist/kernel/session/display";
import { ProgressApi } from "neuronbook/dist/kernel/session/progress";
const { display, progress } = globalThis as unknown as { display: Display; progress: ProgressApi };`;

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("usage: node main.js CONNECTION_FILE; Jupyter starts it, see `neuronbook install --tslab`\n");
  process.exit(2);
}

const displays = new Displays({
  beforeText: () => undefined,
  post: (report: Report) => {
    if (report.type === "output" && report.kind !== "clear_output")
      jupyter.lastWriteDisplayData(report.content as never, report.kind === "update_display_data");
  },
});
Object.assign(globalThis, { display: displays.display, progress: progressApi(displays) });

let shown: Promise<void> = Promise.resolve();
let failure: { ename: string; evalue: string; traceback: string[] } | undefined;

/** tslab prints the value of the last expression; what has a richer form is shown in it. */
async function show(value: unknown): Promise<void> {
  if (value instanceof DisplayHandle) return;
  const bundle = await mimeBundle(value);
  if (Object.keys(bundle).length > 1) displays.display(bundle);
  else console.log(value);
}

/** tslab prints what went wrong: an error, or a compiler's message with its place. */
function complain(...parts: unknown[]): void {
  console.error(...parts);
  const [error] = parts;
  if (error instanceof Error) {
    failure = { ename: error.name, evalue: error.message, traceback: String(error.stack ?? error).split("\n") };
    return;
  }
  // "%s%d:%d - %s", file, line, column, message
  const [, , line, column, message] = parts;
  const evalue = message === undefined ? String(error) : `${line}:${column} - ${message}`;
  failure ??= { ename: message === undefined ? "Error" : "TypeScriptError", evalue, traceback: [evalue] };
}

const tslab = createRequire(createRequire(import.meta.url).resolve("tslab/package.json"));
const { sys } = tslab("@tslab/typescript-for-tslab") as { sys: System };
allowSecondTimer(sys);
provideLibrary(process.cwd(), sys);
const node = createConverter({ isJS: false, isBrowser: false });
const converters = {
  node,
  // cells for a browser are bundled by nobody, in tslab too
  browser: node,
  close: () => node.close(),
};
const inner = createExecutor(process.cwd(), converters, {
  log: (value: unknown) => {
    shown = show(value);
  },
  error: complain,
});
const executor: Executor = {
  ...inner,
  execute: async (source) => {
    failure = undefined;
    const done = await inner.execute(source);
    await shown;
    await displays.settled();
    return done;
  },
};

class Handler extends jupyter.JupyterHandlerImpl {
  override async handleExecute(...args: Parameters<InstanceType<typeof jupyter.JupyterHandlerImpl>["handleExecute"]>) {
    const reply = await super.handleExecute(...args);
    if (reply.status === "abort") return { ...reply, status: "aborted" };
    return reply.status === "error" ? { ...reply, ...failure } : reply;
  }

  override close(): void {
    super.close();
    // engines would keep the process
    setTimeout(() => process.exit(0), CLOSING_MS);
  }
}

process.on("SIGINT", () => {
  executor.interrupt();
  abortRunning(new Error("interrupted"));
});
for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, (error: unknown) => console.error(error));

if (!(await inner.execute(PREAMBLE))) throw new Error("neuronbook: the preamble does not compile under tslab");
await new jupyter.ZmqServer(new Handler(executor, false), file).init();
