/** @file Training the matrices of a LoRA adapter on top of a model, whose own adapters stay as they are. */
import { createHash } from "node:crypto";
import type { Model } from "../engine/model.js";
import type { WireTensor } from "../engine/protocol.js";
import { OptionError } from "../errors.js";
import { add, input, linear, mul, split, type Tensor } from "../graph/index.js";
import { MODULES, type Module, moduleSize } from "../models/decoder.js";
import { seeded } from "../random.js";
import { modulePath } from "../weights/adapter-form.js";
import type { LoraAdapter, LoraUpdate } from "../weights/peft.js";
import { frozenAdapters, frozenKey, frozenLowRank } from "./frozen-adapters.js";
import { layerScales } from "./layer-scales.js";
import type { Parameter, Trainable } from "./trainable.js";

export interface LoraOptions {
  /** default 8, PEFT's */
  rank?: number;
  /** the product of the matrices is scaled by `alpha / rank`; default: the rank, so by 1 */
  alpha?: number;
  /**
   * modules that the adapter changes, by default `q_proj` and `v_proj`: PEFT's choice for Llama, and the one that leaves MLPs alone, so
   * that a neuron's value vector is the same in both models of a pair and a patched activation means the same
   */
  modules?: readonly Module[];
  /** of the starting matrices; default 0 */
  seed?: number;
  /** what the adapter is called in results; default `"trained"` */
  name?: string;
}

/**
 * A LoRA adapter (Hu et al. 2021, arXiv 2106.09685): `lora_A` starts uniform in ±1/sqrt(in) (Kaiming with a = sqrt(5), as PEFT's), `lora_B`
 * at 0, so that the first step sees the model as it is. No dropout.
 * @throws OptionError for no module or one that the decoder does not have, a rank or an alpha that makes no sense
 */
export function loraMatrices(model: Model, options: LoraOptions = {}): Trainable<{ adapter: LoraAdapter }> {
  const { config } = model;
  const { rank = 8, alpha = rank, modules = ["q_proj", "v_proj"], seed = 0, name = "trained" } = options;
  const sorted = [...new Set(modules)].sort();
  const odd = sorted.find((module) => !MODULES.includes(module));
  if (sorted.length === 0 || odd !== undefined) throw new OptionError("modules", odd ?? modules, `some of ${MODULES.join(", ")}`);
  const most = Math.min(...sorted.flatMap((module) => [moduleSize(config, module, "input"), moduleSize(config, module, "output")]));
  if (!Number.isInteger(rank) || rank < 1 || rank > most) throw new OptionError("rank", rank, `a whole number from 1 to ${most}`);
  if (!Number.isFinite(alpha) || alpha === 0) throw new OptionError("alpha", alpha, "a number other than 0");
  const scaling = alpha / rank;
  const places = Array.from({ length: config.layers }, (_, layer) => sorted.map((module) => ({ layer, module }))).flat();
  // a stream of its own for each matrix: none depends on which others are trained
  const source = seeded(seed);
  const seeds = new Map<string, number>();
  for (let layer = 0; layer < config.layers; layer++)
    for (const module of MODULES) seeds.set(matrixName(layer, module, "lora_A"), source.integer(2 ** 32));
  const parameters = places.flatMap(({ layer, module }): Parameter[] => {
    const [inputs, outputs] = [moduleSize(config, module, "input"), moduleSize(config, module, "output")];
    const a = matrixName(layer, module, "lora_A");
    const common = { decays: true, module, layer };
    return [
      {
        ...common,
        name: a,
        shape: [rank, inputs],
        matrix: "lora_A",
        initial: () => uniform(rank * inputs, 1 / Math.sqrt(inputs), seeds.get(a)!),
      },
      {
        ...common,
        name: matrixName(layer, module, "lora_B"),
        shape: [outputs, rank],
        matrix: "lora_B",
        initial: () => new Float32Array(outputs * rank),
      },
    ];
  });
  const inverse = inverseScales(model);
  const frozen = { ...frozenAdapters(model), ...inverse.feeds };
  const trained = new Set<Module>(sorted);
  return {
    key: `lora:${sorted.join()}:${rank}:${alpha}:${seed}:${frozenKey(model)}`,
    parameters,
    frozen,
    hooks: (weights, parameter) => {
      const below = frozenLowRank(model);
      const readable = inverse.input();
      return {
        weights,
        scale: layerScales(model, () => undefined),
        lowRank: (layer, module, x) => {
          const own = below(layer, module, x);
          if (!trained.has(module)) return own;
          // the outermost adapter reads the module's input as it is before all scales; down_proj hands over what the weight reads
          const read = module === "down_proj" && readable ? mul(x, readable[layer]) : x;
          const down = linear(read, parameter(matrixName(layer, module, "lora_A")));
          const term = linear(mul(down, scaling), parameter(matrixName(layer, module, "lora_B")));
          return own ? add(own, term) : term;
        },
      };
    },
    finish: (values) => ({ adapter: adapterOf(name, places, rank, scaling, values) }),
  };
}

const matrixName = (layer: number, module: Module, matrix: "lora_A" | "lora_B"): string => `${modulePath(layer, module)}.${matrix}.weight`;

function uniform(count: number, bound: number, seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound);
}

/** 1 over the model's own scales of the neurons, by layer; nothing where it has none. */
function inverseScales(model: Model): { feeds: Record<string, WireTensor>; input: () => readonly Tensor[] | undefined } {
  const scales = model.scales("down_proj", "input");
  const name = "frozen.down_proj.inverse";
  const { layers, neurons } = model.config;
  const dims = [1, layers, neurons];
  if (scales?.includes(0))
    throw new OptionError("modules", "down_proj above an (IA)^3 scale of 0", "a model whose own scales are not 0, or other modules");
  return {
    feeds: scales ? { [name]: { dtype: "float32", dims, data: scales.map((scale) => 1 / scale) } } : {},
    input: () => (scales ? split(input(name, "float32", dims), new Array<number>(layers).fill(1), 1) : undefined),
  };
}

function adapterOf(
  name: string,
  places: readonly { layer: number; module: Module }[],
  rank: number,
  scaling: number,
  values: ReadonlyMap<string, Float32Array>,
): LoraAdapter {
  const digest = createHash("sha256").update(String(scaling));
  const updates = places.map(({ layer, module }): LoraUpdate => {
    const [a, b] = (["lora_A", "lora_B"] as const).map((matrix) => values.get(matrixName(layer, module, matrix))!.slice());
    for (const matrix of [a, b]) digest.update(`${layer} ${module} ${matrix.length}`).update(new Uint8Array(matrix.buffer));
    return { layer, module, rank, a, b, scaling };
  });
  return { type: "lora", name, folder: "", digest: digest.digest("hex"), updates };
}
