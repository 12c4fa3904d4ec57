/** @file The kernel's process: `node main.js CONNECTION_FILE`. This thread runs the cells; the front thread talks to Jupyter. */
import { randomBytes } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import type { FrontStart } from "./front/worker.js";
import { readConnection } from "./protocol/connection.js";
import { CellSession } from "./session/session.js";

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("usage: node main.js CONNECTION_FILE; Jupyter starts it, see `neuronbook install`\n");
  process.exit(2);
}
let connection: ReturnType<typeof readConnection>;
try {
  connection = readConnection(file);
} catch (error) {
  process.stderr.write(`neuronbook: ${(error as Error).message}\n`);
  process.exit(2);
}

// Ctrl-C in the terminal of the server reaches its children too; interrupts come as messages
process.on("SIGINT", () => undefined);

const folder = process.cwd();
const orders = new MessageChannel();
const language = new MessageChannel();
const modules = path.join(os.tmpdir(), `neuronbook-modules-${process.pid}-${randomBytes(6).toString("hex")}`);
const taken = new Float64Array(new SharedArrayBuffer(8));
const start: FrontStart = { connection, folder, session: orders.port1, language: language.port1, modules, taken };
const front = new Worker(new URL("./front/worker.js", import.meta.url), {
  name: "neuronbook-front",
  workerData: start,
  transferList: [orders.port1, language.port1],
  execArgv: [],
});
const complain = process.stderr.write.bind(process.stderr);
front.on("error", (error) => {
  complain(`neuronbook: the kernel's front failed: ${error.stack}\n`);
  process.kill(process.pid, "SIGKILL");
});

new CellSession(folder, { front: orders.port2, language: language.port2, modules, taken });
