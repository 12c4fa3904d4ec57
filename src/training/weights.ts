/** @file Training a model's own weights: all of them, or some. Those that stay are used where they lie. */
import type { Model } from "../engine/model.js";
import { OptionError } from "../errors.js";
import { input } from "../graph/index.js";
import { decoder, type Module } from "../models/decoder.js";
import { tensorOf } from "../weights/checkpoint.js";
import { readFloat32 } from "../weights/safetensors.js";
import { frozenAdapters, frozenKey, frozenLowRank } from "./frozen-adapters.js";
import { layerScales } from "./layer-scales.js";
import type { Parameter, Trainable } from "./trainable.js";

/** Weights by Hugging Face name, float32, row-major. */
export type TrainedWeights = ReadonlyMap<string, Float32Array>;

/**
 * @param only which weights to train, by Hugging Face name; default all
 * @throws OptionError where that is none
 */
export function modelWeights(model: Model, only: (name: string) => boolean = () => true): Trainable<{ weights: TrainedWeights }> {
  const trained = decoderWeights(model).filter(({ name }) => only(name));
  if (trained.length === 0) throw new OptionError("only", "a choice of no weight", "a function that is true for some weight of the model");
  const names = new Set(trained.map(({ name }) => name));
  const frozen = frozenAdapters(model);
  return {
    key: `weights:${[...names].join()}:${frozenKey(model)}`,
    parameters: trained.map(
      ({ name, shape }): Parameter => ({
        name,
        shape,
        decays: !/(norm\.weight|\.bias)$/.test(name),
        ...placeOf(name),
        initial: () => readFloat32(tensorOf(model.checkpoint, name)),
      }),
    ),
    frozen,
    hooks: (weights, parameter) => ({
      weights: (name, shape) => (names.has(name) ? parameter(name) : weights(name, shape)),
      scale: layerScales(model, () => undefined),
      lowRank: frozenLowRank(model),
    }),
    finish: (weights) => ({ weights }),
  };
}

/** Names and shapes of all weights that the decoder reads. */
function decoderWeights({ config }: Model): { name: string; shape: readonly number[] }[] {
  const found = new Map<string, readonly number[]>();
  const read = (name: string, shape: readonly number[]) => {
    found.set(name, shape);
    return input(name, "float32", shape);
  };
  decoder(config, read, { attention: "explicit", everyLogit: false, onSite: (_, value) => value, scale: () => undefined }).logits();
  return [...found].map(([name, shape]) => ({ name, shape }));
}

function placeOf(name: string): Pick<Parameter, "layer" | "module"> {
  const [, layer, module] = /\.layers\.(\d+)\.(?:mlp|self_attn)\.(\w+_proj)\./.exec(name) ?? [];
  return layer === undefined ? {} : { layer: Number(layer), module: module as Module };
}
