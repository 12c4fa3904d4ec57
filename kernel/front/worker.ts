/** @file The front thread: sockets, signatures, the queue, interrupts and history. It never runs the user's code, so it always answers. */
import { type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { LanguageClient } from "../language/client.js";
import type { LanguageStart } from "../language/requests.js";
import type { Connection } from "../protocol/connection.js";
import { Session } from "../protocol/messages.js";
import { Signer } from "../protocol/signing.js";
import { Front } from "./front.js";
import { Sockets } from "./sockets.js";

/** Given to the thread. */
export interface FrontStart {
  readonly connection: Connection;
  readonly folder: string;
  readonly session: MessagePort;
  /** the session's end of this goes to the language thread */
  readonly language: MessagePort;
  readonly modules: string;
  readonly taken: Float64Array;
}

const { connection, folder, session, language: toSession, modules, taken } = workerData as FrontStart;

const start: LanguageStart = { folder, types: process.env.NEURONBOOK_TYPES, modules, session: toSession };
const thread = new Worker(new URL("../language/worker.js", import.meta.url), {
  name: "neuronbook-language",
  workerData: start,
  transferList: [toSession],
  execArgv: [],
});
const language = new LanguageClient(thread);
thread.on("error", (error) => language.fail(new Error(`TypeScript's thread failed, restart the kernel: ${error.message}`)));

const sockets = new Sockets();
const front = new Front({ sockets, language, port: session, taken, connection, wire: new Session(new Signer(connection.key), "kernel") });
await sockets.bind(connection);
front.serve();
parentPort!.postMessage("bound");

// a kernel whose server has died has nobody to serve
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, 1000).unref();
