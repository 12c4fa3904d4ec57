import { FileFormatError } from "../errors.js";
import { parseJsonObject } from "../weights/json.js";
import { readFloat32, readSafetensorsHeader, type TensorInfo, writeSafetensors } from "../weights/safetensors.js";
import type { ChangeScoresFields } from "./change-scores-fields.js";

/**
 * Reads `s.safetensors`; values and their ranges are the scores' own to check.
 *
 * @throws NotFoundError where there is no such file
 * @throws FileFormatError for anything but change scores
 */
export function readChangeScoresFile(file: string): ChangeScoresFields {
  const { tensors, metadata } = readSafetensorsHeader(file);
  const fail = (reason: string, tensor?: string) =>
    new FileFormatError(file, `${reason}; \`neuronbook find --scores\` writes such a file`, tensor === undefined ? {} : { tensor });
  const shape = tensors.get("change_score")?.shape ?? [];
  if (shape.length !== 2) throw fail("is no [layers, neurons] tensor of change scores", "change_score");
  const check = (info: TensorInfo): TensorInfo => {
    if (info.dtype !== "F32") throw fail(`has dtype ${info.dtype} instead of F32`, info.name);
    if (info.shape.join() !== shape.join()) throw fail(`has shape [${info.shape}], but change_score [${shape}]`, info.name);
    return info;
  };
  const read = (name: string): Float32Array => {
    const info = tensors.get(name);
    if (info === undefined) throw fail("is missing", name);
    return readFloat32(check(info));
  };
  const text = (key: string): string => {
    const value = metadata[key];
    if (value === undefined) throw fail(`its metadata lacks ${key}`);
    return value;
  };
  const count = (key: string): number => {
    const value = text(key);
    if (!/^\d{1,15}$/.test(value)) throw fail(`its metadata gives ${key} as ${JSON.stringify(value.slice(0, 40))}, no count`);
    return Number(value);
  };
  return {
    model: text("model"),
    layers: shape[0]!,
    neurons: shape[1]!,
    positions: text("positions"),
    count: count("count"),
    excludeLastLayers: count("exclude_last_layers"),
    origin: parseJsonObject(Buffer.from(text("origin")), file, "its metadata's origin"),
    values: read("change_score"),
    first: { mean: read("first_mean"), std: read("first_std") },
    second: { mean: read("second_mean"), std: read("second_std") },
    valueNorms: tensors.has("value_norm") ? read("value_norm") : undefined,
  };
}

/** Writes `s.safetensors`: `change_score` and the statistics, each `(layers, neurons)` float32; the rest as metadata. */
export function writeChangeScoresFile(file: string, scores: ChangeScoresFields): void {
  const { layers, neurons, first, second, valueNorms } = scores;
  const tensor = (data: Float32Array) => ({ dtype: "F32", shape: [layers, neurons], data }) as const;
  writeSafetensors(
    file,
    {
      change_score: tensor(scores.values),
      first_mean: tensor(first.mean),
      first_std: tensor(first.std),
      second_mean: tensor(second.mean),
      second_std: tensor(second.std),
      ...(valueNorms === undefined ? {} : { value_norm: tensor(valueNorms) }),
    },
    {
      model: scores.model,
      positions: scores.positions,
      count: String(scores.count),
      exclude_last_layers: String(scores.excludeLastLayers),
      origin: JSON.stringify(scores.origin),
    },
  );
}
