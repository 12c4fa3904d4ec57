/** @file Writing a checkpoint with other weights. */
import fs from "node:fs";
import path from "node:path";
import { NotFoundError, ShapeError } from "../errors.js";
import { type Checkpoint, singleWeights } from "./checkpoint.js";
import { replaceFile } from "./replace-file.js";
import { readFloat32, type TensorToWrite, writeSafetensors } from "./safetensors.js";

/** Files that a checkpoint may have beside its weights. */
const COMPANIONS = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
  "tokenizer.model",
  "vocab.json",
  "merges.txt",
];

/**
 * Writes a Hugging Face folder: the weights of `checkpoint` with some replaced, all float32 in one file, its configuration and tokenizer.
 * Needs memory for all weights.
 * @param weights by Hugging Face name, with or without the leading `model.`
 * @throws NotFoundError for a weight that the checkpoint does not have; ShapeError for one of another size
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint, weights: ReadonlyMap<string, Float32Array>): void {
  const stored = new Map([...weights].map(([name, data]) => [storedName(checkpoint, name), data]));
  const tensors = Object.fromEntries(
    [...checkpoint.tensors].map(([name, info]): [string, TensorToWrite] => {
      const data = stored.get(name) ?? readFloat32(info);
      const size = info.shape.reduce((a, b) => a * b, 1);
      if (data.length !== size) throw new ShapeError("writeCheckpoint", `${name}: ${data.length} values, ${size} expected`, [info.shape]);
      return [name, { dtype: "F32", shape: info.shape, data }];
    }),
  );
  const { torch_dtype: _, ...config } = checkpoint.config;
  for (const name of COMPANIONS) {
    const file = checkpoint.file(name);
    if (file !== undefined) replaceFile(path.join(folder, name), [fs.readFileSync(file)]);
  }
  replaceFile(path.join(folder, "config.json"), [`${JSON.stringify({ ...config, dtype: "float32" }, undefined, 2)}\n`]);
  writeSafetensors(path.join(folder, singleWeights), tensors, { format: "pt" });
}

function storedName({ tensors, folder }: Checkpoint, name: string): string {
  const found = [name, name.replace(/^model\./, ""), `model.${name}`].find((each) => tensors.has(each));
  if (found === undefined) throw new NotFoundError(name, `${folder} has no weight ${name}; give names as the checkpoint does`);
  return found;
}
