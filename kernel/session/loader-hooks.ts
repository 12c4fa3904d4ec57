/** @file Runs in Node's loader thread: modules of the notebook's own come from the language thread, which compiles them. */
import type { MessagePort } from "node:worker_threads";
import { LanguageClient } from "../language/client.js";

interface Resolved {
  url: string;
  shortCircuit?: boolean;
  format?: string;
}
interface Loaded {
  format: string;
  source: string;
  shortCircuit: boolean;
}

/** Local modules carry a digest in their URL. */
const LOCAL = /^file:.*[?&]neuronbook=/;
let language: LanguageClient;

export function initialize({ port }: { port: MessagePort }): void {
  language = new LanguageClient(port);
}

export async function resolve(
  specifier: string,
  context: { parentURL?: string },
  next: (specifier: string, context: object) => Promise<Resolved>,
): Promise<Resolved> {
  if (LOCAL.test(specifier)) return { url: specifier, shortCircuit: true, format: "module" };
  if (context.parentURL === undefined || !LOCAL.test(context.parentURL)) return next(specifier, context);
  const place = await language.call("resolve", specifier, context.parentURL);
  return LOCAL.test(place) ? { url: place, shortCircuit: true, format: "module" } : next(place, context);
}

export async function load(url: string, context: object, next: (url: string, context: object) => Promise<Loaded>): Promise<Loaded> {
  if (!LOCAL.test(url)) return next(url, context);
  const source = await language.call("load", url);
  return source === undefined ? next(url, context) : { format: "module", source, shortCircuit: true };
}
