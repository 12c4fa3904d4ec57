/**
 * @file The LoRA adapters of a stack as one low-rank term a module: `output + b (a input)`. PEFT wraps adapter around adapter, each
 * reading what the one above hands down: (IA)^3 scales above a LoRA hold for its term too, those below do not. All of it is folded into
 * the matrices here, so that any stack costs two small products.
 */
import { OptionError } from "../errors.js";
import type { DecoderConfig } from "../models/config.js";
import { type Module, moduleSize } from "../models/decoder.js";
import type { Adapter, LoraUpdate } from "../weights/peft.js";

/** A module's term in one layer. */
export interface LowRank {
  /** ranks of all LoRA adapters together */
  readonly rank: number;
  /** `(rank, in)`, float32 */
  readonly a: Float32Array;
  /** `(out, rank)`, float32, scaling included */
  readonly b: Float32Array;
}

/**
 * The term of a stack on one module of one layer; undefined where no LoRA touches it.
 *
 * It reads the module's input before any (IA)^3 scale, save at `down_proj`, where it reads the neurons' activations as the weight does:
 * after all scales, and after interventions. There the scales of adapters below a LoRA are divided out of its `a`.
 */
export function lowRankOf(adapters: readonly Adapter[], config: DecoderConfig, layer: number, module: Module): LowRank | undefined {
  const [inputs, outputs] = [moduleSize(config, module, "input"), moduleSize(config, module, "output")];
  const parts: { update: LoraUpdate; onInput: Float64Array; onOutput: Float64Array }[] = [];
  const scalesOf = (adapter: Adapter, side: "input" | "output") =>
    adapter.type === "ia3" ? adapter.scales.find((s) => s.layer === layer && s.module === module && s.side === side)?.values : undefined;
  // from the innermost adapter outwards
  const below = new Float64Array(inputs).fill(1);
  for (const adapter of adapters) {
    scalesOf(adapter, "input")?.forEach((scale, i) => {
      below[i] *= scale;
      if (module !== "down_proj") for (const { onInput } of parts) onInput[i] *= scale;
    });
    scalesOf(adapter, "output")?.forEach((scale, i) => {
      for (const { onOutput } of parts) onOutput[i] *= scale;
    });
    const update = adapter.type === "lora" && adapter.updates.find((u) => u.layer === layer && u.module === module);
    if (!update) continue;
    const onInput = module === "down_proj" ? below.map((scale) => 1 / scale) : new Float64Array(inputs).fill(1);
    if (!onInput.every(Number.isFinite)) throw zeroScale(adapter, layer);
    parts.push({ update, onInput, onOutput: new Float64Array(outputs).fill(1) });
  }
  if (parts.length === 0) return undefined;
  const rank = parts.reduce((sum, { update }) => sum + update.rank, 0);
  const a = new Float32Array(rank * inputs);
  const b = new Float32Array(outputs * rank);
  let first = 0;
  for (const { update, onInput, onOutput } of parts) {
    for (let r = 0; r < update.rank; r++)
      for (let i = 0; i < inputs; i++) a[(first + r) * inputs + i] = update.a[r * inputs + i] * onInput[i];
    for (let o = 0; o < outputs; o++)
      for (let r = 0; r < update.rank; r++) b[o * rank + first + r] = update.b[o * update.rank + r] * (update.scaling * onOutput[o]);
    first += update.rank;
  }
  return { rank, a, b };
}

/** @throws OptionError when an adapter does not fit a model, or what it is stacked on */
export function checkAdapters(adapters: readonly Adapter[], config: DecoderConfig): void {
  for (const adapter of adapters) {
    const refuse = (got: string, expected: string) => new OptionError(`adapter ${adapter.name}`, got, `${expected}, as the model has`);
    for (const { layer } of adapter.type === "ia3" ? adapter.scales : adapter.updates)
      if (layer >= config.layers) throw refuse(`layer ${layer}`, `layers below ${config.layers}`);
    if (adapter.type === "ia3")
      for (const { layer, module, side, values } of adapter.scales) {
        const size = moduleSize(config, module, side);
        if (values.length !== size) throw refuse(`${values.length} scales for ${module} of layer ${layer}`, `${size}`);
      }
    else
      for (const { layer, module, rank, a, b } of adapter.updates) {
        const [inputs, outputs] = [moduleSize(config, module, "input"), moduleSize(config, module, "output")];
        if (a.length !== rank * inputs || b.length !== rank * outputs)
          throw refuse(
            `matrices of ${a.length / rank} inputs and ${b.length / rank} outputs for ${module} of layer ${layer}`,
            `${inputs} and ${outputs}`,
          );
      }
  }
  checkScalesBelow(adapters);
}

/** A neuron that (IA)^3 scales by 0 has no activation left that a LoRA above could read. */
function checkScalesBelow(adapters: readonly Adapter[]): void {
  const silent = new Set<number>();
  for (const adapter of adapters) {
    if (adapter.type === "lora") {
      const update = adapter.updates.find(({ layer, module }) => module === "down_proj" && silent.has(layer));
      if (update) throw zeroScale(adapter, update.layer);
    } else
      for (const { layer, module, side, values } of adapter.scales)
        if (module === "down_proj" && side === "input" && values.some((scale) => scale === 0)) silent.add(layer);
  }
}

const zeroScale = ({ name }: Adapter, layer: number): OptionError =>
  new OptionError(
    `adapter ${name}`,
    `LoRA on down_proj of layer ${layer} above an (IA)^3 scale of 0`,
    "scales other than 0 below it; stack the LoRA first, or intervene with zero()",
  );
