/** @file Opens models and adapter stacks as they are named on the command line. */
import { Engine } from "../engine/engine.js";
import { loadModel, type Model } from "../engine/model.js";
import { shippedFolder } from "../lab/organism/folders.js";
import type { DownloadProgress, HubOptions } from "../weights/hub.js";
import { loadAdapter } from "../weights/peft.js";
import type { Run } from "./run.js";

/** The two models of a comparison, by the options that name them. */
export interface PairOptions {
  readonly model: string;
  /** weights of the second model where they are not the first's */
  readonly secondModel?: string;
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Lends an engine to `use` and ends it afterwards, so that the process can end. */
export async function withEngine<T>(threads: number | undefined, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = new Engine({ threads });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

export async function openModel(name: string, adapters: readonly string[], engine: Engine, run: Run): Promise<Model> {
  const base = await loadModel(shippedFolder(name) ?? name, { engine, ...downloads(run, name) });
  return stack(base, adapters, run);
}

export async function openPair({ model, secondModel, first, second }: PairOptions, engine: Engine, run: Run): Promise<[Model, Model]> {
  const base = await openModel(model, [], engine, run);
  const other = secondModel === undefined ? base : await openModel(secondModel, [], engine, run);
  return [await stack(base, first, run), await stack(other, second, run)];
}

async function stack(base: Model, names: readonly string[], run: Run): Promise<Model> {
  const adapters = [];
  for (const name of names) adapters.push(await loadAdapter(shippedFolder(name) ?? name, downloads(run, name)));
  return base.withAdapters(...adapters);
}

export function downloads(run: Run, name: string): HubOptions {
  const show = run.progress.phase(`loading ${name}`);
  const onProgress = ({ file, loaded, total }: DownloadProgress) =>
    show({ unit: `MB of ${file}`, done: Math.round(loaded / 1e6), total: Math.round(total / 1e6) });
  return { signal: run.signal, onProgress };
}
