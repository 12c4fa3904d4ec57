/** @file LoRA matrices as PEFT keeps them. */

import { OptionError, ShapeError } from "../errors.js";
import { type AdapterModule, checkPlace, moduleKey, modulePath, type PeftForm } from "./adapter-form.js";
import type { LoraUpdate } from "./lora-adapter.js";
import type { TensorToWrite } from "./safetensors.js";

/** @throws OptionError, ShapeError */
export function loraForm(updates: readonly LoraUpdate[]): PeftForm {
  check(updates);
  const tensors: Record<string, TensorToWrite> = {};
  for (const { layer, module, rank, a, b } of updates) {
    tensors[`${moduleKey(layer, module)}.lora_A.weight`] = { dtype: "F32", shape: [rank, a.length / rank], data: a };
    tensors[`${moduleKey(layer, module)}.lora_B.weight`] = { dtype: "F32", shape: [b.length / rank, rank], data: b };
  }
  const rank = commonest(updates.map((update) => update.rank));
  const alpha = commonest(updates.map(alphaOf));
  const pattern = (value: (update: LoraUpdate) => number, usual: number) =>
    Object.fromEntries(
      updates.filter((update) => value(update) !== usual).map((update) => [modulePath(update.layer, update.module), value(update)]),
    );
  return {
    tensors,
    defaults: { init_lora_weights: true, lora_dropout: 0 },
    fields: {
      peft_type: "LORA",
      r: rank,
      lora_alpha: alpha,
      rank_pattern: pattern((update) => update.rank, rank),
      alpha_pattern: pattern(alphaOf, alpha),
      use_rslora: false,
      use_dora: false,
      lora_bias: false,
      bias: "none",
      ...targetsOf(updates),
    },
  };
}

/** With the scaling `alpha / rank`; a whole number is one again. */
function alphaOf({ scaling, rank }: LoraUpdate): number {
  const [exact, whole] = [scaling * rank, Math.round(scaling * rank)];
  return whole / rank === scaling ? whole : exact;
}

/** Modules by name where each is changed in the same layers, else by path. */
function targetsOf(updates: readonly LoraUpdate[]): { target_modules: string[]; layers_to_transform: number[] | null } {
  const layers = [...new Set(updates.map(({ layer }) => layer))].sort((a, b) => a - b);
  const modules = [...new Set(updates.map(({ module }) => module))].sort();
  const fromFirst = layers.at(-1) === layers.length - 1;
  if (updates.length === layers.length * modules.length) return { target_modules: modules, layers_to_transform: fromFirst ? null : layers };
  return { target_modules: updates.map(({ layer, module }) => modulePath(layer, module)).sort(), layers_to_transform: null };
}

function commonest(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

function check(updates: readonly LoraUpdate[]): void {
  if (updates.length === 0) throw new OptionError("adapter.updates", "none", "one update or more");
  const seen = new Set<string>();
  const first = new Map<AdapterModule, readonly [inputs: number, outputs: number]>();
  for (const { layer, module, rank, a, b, scaling } of updates) {
    const at = checkPlace("adapter.updates", layer, module, seen);
    if (!Number.isInteger(rank) || rank < 1) throw new OptionError("adapter.updates", `${at}: rank ${rank}`, "a rank from 1");
    if (!Number.isFinite(scaling) || !a.every(Number.isFinite) || !b.every(Number.isFinite))
      throw new OptionError("adapter.updates", at, "finite values");
    const [inputs, outputs] = first.get(module) ?? [a.length / rank, b.length / rank];
    if (
      a.length === 0 ||
      b.length === 0 ||
      a.length !== rank * inputs ||
      b.length !== rank * outputs ||
      !Number.isInteger(inputs) ||
      !Number.isInteger(outputs)
    )
      throw new ShapeError(
        "writeAdapter",
        `${at}: ${a.length} values of a and ${b.length} of b, ${rank} x ${inputs} and ${outputs} x ${rank} expected`,
      );
    first.set(module, [inputs, outputs]);
  }
}
