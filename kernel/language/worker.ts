/** @file The thread that TypeScript runs on: a check that takes long delays neither interrupts nor output, and an interrupt never breaks it. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Compiler } from "./compile.js";
import { complete } from "./complete.js";
import { inspect } from "./inspect.js";
import { isComplete } from "./is-complete.js";
import { LocalModules } from "./modules.js";
import type { LanguageCall, LanguageCalls, LanguageReply, LanguageRequest, LanguageStart } from "./requests.js";
import { NotebookService } from "./service.js";
import { pathOf, Traces } from "./traces.js";

const { folder, types, modules: compiled, session } = workerData as LanguageStart;
const traces = new Traces();
const notebook = new NotebookService(folder);
const modules = new LocalModules(notebook, traces, compiled);
const compiler = new Compiler(notebook, modules, traces, types);

type Handlers = { readonly [C in LanguageCall]: (...args: LanguageCalls[C]["args"]) => LanguageCalls[C]["result"] };

const handlers: Handlers = {
  compile: (id, code, label) => compiler.compile(id, code, label),
  commit: (id, kept) => {
    compiler.commit(id, kept);
    return undefined;
  },
  complete: (code, cursor) => complete(notebook, code, cursor),
  inspect: (code, cursor) => inspect(notebook, code, cursor),
  isComplete: (code) => isComplete(code),
  explain: (name, message, stack) => traces.explain(name, message, stack),
  warm: (what) => {
    // an id that no cell has, and nothing is kept
    compiler.compile(0, what === "cells" ? "console.log(1)" : "NeuronSet", "warm-up");
    return undefined;
  },
  resolve: (specifier, from) => modules.resolve(specifier, pathOf(from)),
};

function serve(port: MessagePort): void {
  port.on("message", ({ id, call, args }: LanguageRequest) => {
    let reply: LanguageReply;
    try {
      const handler = handlers[call] as (...args: unknown[]) => unknown;
      reply = { id, value: handler(...args) };
    } catch (error) {
      reply = { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    port.postMessage(reply);
  });
}

serve(parentPort as unknown as MessagePort);
serve(session);
