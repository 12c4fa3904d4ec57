/** The tiny checkpoints, models on them, and copies with other weights. */
import fs from "node:fs";
import path from "node:path";
import type { Engine } from "../../src/engine/engine.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { seeded } from "../../src/random.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import type { Ia3Adapter } from "../../src/weights/peft.js";
import { readFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { fixture } from "./paths.js";
import { tempFolder } from "./temp.js";

export const loadTiny = (engine: Engine, base: string, ...adapters: string[]): Promise<Model> =>
  loadModel(fixture("tiny", base), { engine, adapters: adapters.map((name) => fixture("tiny", name)) });

/**
 * A copy of a tiny checkpoint; `change` may alter or leave out weights, `config` overrides keys of config.json, `shapes` gives the shapes
 * of tensors that `change` made larger.
 */
export function copyTiny(
  base: string,
  change: (name: string, values: Float32Array) => Float32Array | undefined = (_, values) => values,
  config: Record<string, unknown> = {},
  shapes: Record<string, readonly number[]> = {},
): string {
  const checkpoint = openCheckpoint(fixture("tiny", base));
  const folder = tempFolder();
  const tensors = [...checkpoint.tensors].flatMap(([name, info]) => {
    const data = change(name, readFloat32(info));
    return data ? [[name, { dtype: "F32", shape: shapes[name] ?? info.shape, data }] as const] : [];
  });
  writeSafetensors(path.join(folder, "model.safetensors"), Object.fromEntries(tensors));
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...checkpoint.config, ...config }));
  return folder;
}

/** Adds noise to every weight. */
export function perturbed(seed: number, size: number): (name: string, values: Float32Array) => Float32Array {
  const random = seeded(seed);
  return (_, values) => values.map((x) => x + size * random.normal());
}

/** `count` prompts of random token ids, each of `least` to `most` tokens. */
export function randomPrompts(seed: number, count: number, least: number, most: number, vocabulary = 64): number[][] {
  const random = seeded(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: least + random.integer(most - least + 1) }, () => random.integer(vocabulary)),
  );
}

/** An adapter made up in memory: scales of `down_proj`'s input around 1. */
export function madeUpAdapter(model: Model, seed: number, size = 0.5): Ia3Adapter {
  const random = seeded(seed);
  const { layers, neurons } = model.config;
  const scales = Array.from({ length: layers }, (_, layer) => ({
    layer,
    module: "down_proj" as const,
    side: "input" as const,
    values: Float32Array.from({ length: neurons }, () => 1 + size * random.normal()),
  }));
  return { type: "ia3", name: `made up ${seed}`, folder: "", digest: String(seed), scales };
}
