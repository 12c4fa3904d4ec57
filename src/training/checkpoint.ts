/**
 * @file The state of a training on disk: `training.json` names the tensors file of the same step. The tensors are written first and the
 * old ones removed last, so that a kill at any moment leaves a whole state.
 */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, OptionError } from "../errors.js";
import { readJsonObject } from "../weights/json.js";
import { replaceFile } from "../weights/replace-file.js";
import { readFloat32, readSafetensorsHeader, type TensorToWrite, writeSafetensors } from "../weights/safetensors.js";
import type { Moments } from "./adamw.js";
import type { Parameter } from "./trainable.js";
import type { Evaluation, TrainingStep } from "./training.js";

const STATE = "training.json";
const FORMAT = 1;
const tensorsFile = (step: number): string => `step-${step}.safetensors`;
/** Tensors of a step, and what a killed process left half written. */
const isOurs = /^(step-\d+\.safetensors|(step-\d+\.safetensors|training\.json)\.[\w-]+\.tmp)$/;

export interface TrainingState {
  /** finished steps, and with them the place in the data */
  readonly history: TrainingStep[];
  readonly evaluations: Evaluation[];
  readonly moments: ReadonlyMap<string, Moments>;
}

/** @param run identifies model, data and options; JSON */
export function writeState(folder: string, run: string, { history, evaluations, moments }: TrainingState): void {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, { values, first, second }] of moments)
    for (const [part, data] of Object.entries({ values, first, second }))
      tensors[`${part}/${name}`] = { dtype: "F32", shape: [data.length], data };
  const file = tensorsFile(history.length);
  writeSafetensors(path.join(folder, file), tensors);
  replaceFile(path.join(folder, STATE), [`${JSON.stringify({ format: FORMAT, run, step: history.length, file, history, evaluations })}\n`]);
  for (const old of fs.readdirSync(folder)) if (isOurs.test(old) && old !== file) fs.rmSync(path.join(folder, old), { force: true });
}

/**
 * @returns undefined where the folder holds no training
 * @throws OptionError for the state of another run; FileFormatError for a damaged one
 */
export function readState(folder: string, run: string, parameters: readonly Parameter[]): TrainingState | undefined {
  const json = path.join(folder, STATE);
  if (!fs.existsSync(json)) return undefined;
  const state = readJsonObject(json);
  if (state.format !== FORMAT) throw new FileFormatError(json, `format ${String(state.format)}; ${FORMAT} is read`);
  if (state.run !== run)
    throw new OptionError(
      "checkpoint.folder",
      folder,
      "a folder of this very run: model, data or options differ; take another folder or resume: false",
    );
  const { history, evaluations, file, step } = state;
  if (!Array.isArray(history) || !Array.isArray(evaluations) || history.length !== step || file !== tensorsFile(history.length))
    throw new FileFormatError(json, "is not the state of a training");
  const { tensors } = readSafetensorsHeader(path.join(folder, file));
  const read = (name: string, { length }: { length: number }): Float32Array => {
    const info = tensors.get(name);
    if (info?.dtype !== "F32" || info.shape.join() !== String(length))
      throw new FileFormatError(path.join(folder, file), `${info ? `[${info.shape}]` : "missing"}; expected [${length}] F32`, {
        tensor: name,
      });
    return readFloat32(info);
  };
  const moments = new Map(
    parameters.map(({ name, shape }): [string, Moments] => {
      const size = { length: shape.reduce((a, b) => a * b, 1) };
      return [name, { values: read(`values/${name}`, size), first: read(`first/${name}`, size), second: read(`second/${name}`, size) }];
    }),
  );
  return { history: history as TrainingStep[], evaluations: evaluations as Evaluation[], moments };
}
