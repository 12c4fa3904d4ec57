/** @file A model: a checkpoint under a stack of adapters, run by an engine. An immutable value; the engine holds all state. */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, NotFoundError } from "../errors.js";
import { type CompiledGraph, type DType, weight } from "../graph/index.js";
import { canFuse } from "../models/attention.js";
import type { DecoderConfig } from "../models/config.js";
import { type Module, moduleSize, type Weights } from "../models/decoder.js";
import { readConfig } from "../models/families.js";
import "../models/families/index.js";
import { inverseFrequencies } from "../models/rope.js";
import { type Checkpoint, openCheckpoint, tensorOf } from "../weights/checkpoint.js";
import { type HubOptions, locateModel } from "../weights/hub.js";
import { type Adapter, type Ia3Scale, loadAdapter } from "../weights/peft.js";
import { compilePlan } from "./compile-plan.js";
import { defaultEngine, type Engine, type SessionSpec } from "./engine.js";
import { checkAdapters, type LowRank, lowRankOf } from "./low-rank.js";
import { type Plan, planKey } from "./plan.js";
import { Tokenizer } from "./tokenizer.js";

export interface LoadOptions extends HubOptions {
  /**
   * (IA)^3 and LoRA adapters, stacked in this order, each wrapped around what is there, as PEFT does: PEFT folders, files, repositories, or
   * loaded ones
   */
  adapters?: readonly (string | Adapter)[];
  /** default: the engine of this process */
  engine?: Engine;
}

/** Who a model is, as recorded with results. */
export interface ModelOrigin {
  readonly model: string;
  readonly digest: string;
  readonly adapters: readonly { readonly name: string; readonly digest: string }[];
}

/**
 * Opens a checkpoint: a Hugging Face name (from the cache, else downloaded), or a folder. Weights are read when first used.
 * @throws NotFoundError, FileFormatError
 */
export async function loadModel(nameOrFolder: string, options: LoadOptions = {}): Promise<Model> {
  const checkpoint = openCheckpoint(await locateModel(nameOrFolder, options), nameOrFolder);
  const base = new Model(checkpoint, readModelConfig(checkpoint), [], options.engine ?? defaultEngine());
  return base.withAdapters(...(options.adapters ?? []));
}

export class Model {
  private readonly scalesOf = new Map<string, Float32Array | undefined>();
  private readonly lowRankOf = new Map<string, LowRank | undefined>();
  private loadedTokenizer: Promise<Tokenizer> | undefined;

  constructor(
    readonly checkpoint: Checkpoint,
    readonly config: DecoderConfig,
    readonly adapters: readonly Adapter[],
    readonly engine: Engine,
    private readonly sibling?: Model,
  ) {
    checkAdapters(adapters, config);
  }

  /** As the user gave it. */
  get name(): string {
    return this.checkpoint.name;
  }

  /**
   * This model with further adapters on top; shares weights and sessions with it.
   * @throws NotFoundError, FileFormatError; OptionError for one that does not fit the model, or what it is stacked on
   */
  async withAdapters(...adapters: readonly (string | Adapter)[]): Promise<Model> {
    if (adapters.length === 0) return this;
    const loaded = await Promise.all(adapters.map((adapter) => (typeof adapter === "string" ? loadAdapter(adapter) : adapter)));
    return new Model(this.checkpoint, this.config, [...this.adapters, ...loaded], this.engine, this);
  }

  /** Do both share weights, so that they can be lanes of one batch? */
  sharesWeightsWith(other: Model): boolean {
    return identityOf(this.checkpoint) === identityOf(other.checkpoint) && this.engine === other.engine;
  }

  /** Do both compute the same: the same weights, under adapters of the same bytes, on the same engine? */
  equals(other: Model): boolean {
    const digests = (model: Model) => model.adapters.map(({ digest }) => digest).join();
    return this === other || (this.sharesWeightsWith(other) && digests(this) === digests(other));
  }

  tokenizer(): Promise<Tokenizer> {
    this.loadedTokenizer ??= this.sibling?.tokenizer() ?? Tokenizer.load(this.checkpoint);
    return this.loadedTokenizer;
  }

  get origin(): ModelOrigin {
    const { name, digest } = this.checkpoint;
    return { model: name, digest, adapters: this.adapters.map((adapter) => ({ name: adapter.name, digest: adapter.digest })) };
  }

  /** (IA)^3 scales of all adapters multiplied, `(layers, size)`; undefined where no adapter scales the module. */
  scales(module: Module, side: "input" | "output"): Float32Array | undefined {
    const key = `${module}.${side}`;
    if (!this.scalesOf.has(key)) this.scalesOf.set(key, this.multiplyScales(module, side));
    return this.scalesOf.get(key);
  }

  /** The LoRA adapters of the stack as one term, its matrices not to be changed; undefined where none touches the module. */
  lowRank(layer: number, module: Module): LowRank | undefined {
    const key = `${layer} ${module}`;
    if (!this.lowRankOf.has(key)) this.lowRankOf.set(key, lowRankOf(this.adapters, this.config, layer, module));
    return this.lowRankOf.get(key);
  }

  /** Modules that some adapter scales. */
  get scaledModules(): { module: Module; side: "input" | "output" }[] {
    const keys = new Set(this.everyScale.map(({ module, side }) => `${module}.${side}`));
    return [...keys].sort().map((key) => ({ module: key.split(".")[0] as Module, side: key.split(".")[1] as "input" | "output" }));
  }

  /** The session that runs a plan on this model's weights. */
  sessionSpec(plan: Plan): SessionSpec {
    // Float32 weights can be used where they are in the file. A pass over long texts loses a few per cent by that, decoding much;
    // other dtypes are copied by their cast in any case.
    const inPlace = !plan.cache && [...this.checkpoint.tensors.values()].every((tensor) => tensor.dtype === "F32");
    return this.sessionFor(planKey(plan), plan.attention, inPlace, (weights) => compilePlan(this.config, weights, plan));
  }

  /**
   * A session that runs a graph of this model.
   * @param key equal for equal graphs over the same weights
   */
  sessionFor(key: string, attention: Plan["attention"], inPlace: boolean, compile: (weights: Weights) => CompiledGraph): SessionSpec {
    const { config, checkpoint } = this;
    return {
      key: `${identityOf(checkpoint)}:${key}`,
      compile: () => compile(weightsOf(checkpoint)),
      facts: {
        attention,
        layers: config.layers,
        kvHeads: config.kvHeads,
        headSize: config.headSize,
        frequencies: inverseFrequencies(config),
      },
      bytes: [...checkpoint.tensors.values()].reduce((sum, tensor) => sum + 4 * tensor.shape.reduce((a, b) => a * b, 1), 0),
      inPlace,
    };
  }

  /** The attention form for a plan: the fused kernel unless the pattern itself is wanted. */
  attentionFor(touchesPattern: boolean): Plan["attention"] {
    return canFuse(this.config) && !touchesPattern ? "fused" : "explicit";
  }

  private multiplyScales(module: Module, side: "input" | "output"): Float32Array | undefined {
    const size = moduleSize(this.config, module, side);
    let product: Float32Array | undefined;
    for (const scale of this.everyScale) {
      if (scale.module !== module || scale.side !== side) continue;
      product ??= new Float32Array(this.config.layers * size).fill(1);
      for (let i = 0; i < size; i++) product[scale.layer * size + i] *= scale.values[i];
    }
    return product;
  }

  private get everyScale(): Ia3Scale[] {
    return this.adapters.flatMap((adapter) => (adapter.type === "ia3" ? adapter.scales : []));
  }
}

/** Reads config.json, and generation_config.json for the stop tokens. */
export function readModelConfig(checkpoint: Checkpoint): DecoderConfig {
  const generation = checkpoint.file("generation_config.json");
  let stopTokens: number[] = [];
  if (generation !== undefined) {
    let values: { eos_token_id?: unknown };
    try {
      values = JSON.parse(fs.readFileSync(generation, "utf8"));
    } catch (cause) {
      throw new FileFormatError(generation, "is not JSON", { cause });
    }
    stopTokens = [values?.eos_token_id ?? []].flat().filter((id): id is number => Number.isInteger(id));
  }
  return readConfig(path.join(checkpoint.folder, "config.json"), checkpoint.config, stopTokens);
}

const identities = new WeakMap<Checkpoint, string>();

/** The digest reads samples of the weights alone: two checkpoints share sessions only where they are the same files, not written since. */
function identityOf(checkpoint: Checkpoint): string {
  const known = identities.get(checkpoint);
  if (known !== undefined) return known;
  const files = [...new Set([...checkpoint.tensors.values()].map((tensor) => tensor.file))].sort();
  const made = JSON.stringify([checkpoint.digest, files.map((file) => [file, modified(file)])]);
  identities.set(checkpoint, made);
  return made;
}

function modified(file: string): number {
  try {
    return fs.statSync(file).mtimeMs;
  } catch (cause) {
    throw new NotFoundError(file, `${file} is gone since the checkpoint was opened; open it again`, { cause });
  }
}

const GRAPH_DTYPES: Record<string, DType> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** Looks tensors up by their Hugging Face names, with or without the leading `model.`. */
function weightsOf(checkpoint: Checkpoint): Weights {
  const made = new Map<string, ReturnType<typeof weight>>();
  return (name, shape) => {
    const known = made.get(name);
    if (known) return known;
    const info = tensorOf(checkpoint, name);
    const dtype = GRAPH_DTYPES[info.dtype];
    if (!dtype) throw new FileFormatError(info.file, `has dtype ${info.dtype}; F32, F16 and BF16 are read`, { tensor: name });
    if (info.shape.join() !== shape.join())
      throw new FileFormatError(info.file, `has shape [${info.shape}]; config.json asks for [${shape}]`, { tensor: name });
    const tensor = weight({ name, file: info.file, offset: info.offset, bytes: info.bytes }, dtype, info.shape);
    made.set(name, tensor);
    return tensor;
  };
}
