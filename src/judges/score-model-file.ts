/**
 * @file A score head of a few kB in a folder of its own: `score_head.json` says what it reads of which model, `score_head.safetensors` holds
 * its numbers, `adapter-N/` the (IA)^3 adapters of its backbone in PEFT's form.
 */
import fs from "node:fs";
import path from "node:path";
import { loadModel, Model } from "../engine/model.js";
import { FileFormatError, NotFoundError, OptionError } from "../errors.js";
import { isJsonObject, type JsonObject, printable, readJsonObject } from "../weights/json.js";
import { loadAdapter, writeAdapter } from "../weights/peft.js";
import { replaceFile } from "../weights/replace-file.js";
import { readFloat32, readSafetensorsHeader, writeSafetensors } from "../weights/safetensors.js";
import { checkForm, type TextForm } from "./answer-texts.js";
import { publishedHead } from "./score-layouts.js";
import { ScoreModel } from "./score-model.js";

const [JSON_FILE, TENSORS_FILE, FORMAT] = ["score_head.json", "score_head.safetensors", 1] as const;
const MOST_ADAPTERS = 16;

export interface LoadScoreOptions {
  /** the backbone of a light head, without the head's adapters; default: the model that the folder names, loaded */
  backbone?: Model;
  /** how published checkpoints are fed; default: chat form, or the layout's own */
  form?: TextForm;
  /** the label whose log-odds are the score, by name or index, where a checkpoint has several */
  label?: string | number;
  engine?: Model["engine"];
}

/**
 * Opens a score model: a folder that `saveScoreModel` wrote, or a checkpoint (folder or Hugging Face name) in the layout of
 * `LlamaForSequenceClassification` or of PKU-Alignment's cost and reward models.
 * @throws NotFoundError; FileFormatError; OptionError for a backbone that is not the one that the head was made for
 */
export async function loadScoreModel(nameOrFolder: string, options: LoadScoreOptions = {}): Promise<ScoreModel> {
  if (fs.existsSync(path.join(nameOrFolder, JSON_FILE))) return loadLight(nameOrFolder, options);
  const model = await loadModel(nameOrFolder, { engine: options.engine });
  const found = publishedHead(model);
  if (!found)
    throw new NotFoundError(
      nameOrFolder,
      `${model.checkpoint.folder} has no score head: neither ${JSON_FILE}, nor a tensor score.weight or score_head.weight`,
    );
  return new ScoreModel({ model, ...found, form: options.form ?? found.form, label: options.label });
}

/**
 * Writes a score model as a folder of a few kB: the head and its backbone's adapters, not the backbone's weights.
 * @param facts recorded as they are, e.g. what it was trained on and how well it does; JSON
 */
export function saveScoreModel(folder: string, scores: ScoreModel, facts: JsonObject = {}): void {
  const { model, head, reading, form, maxTokens, scale } = scores;
  fs.mkdirSync(folder, { recursive: true });
  const adapters = model.adapters.map((adapter, i) => {
    const part = `adapter-${i}`;
    writeAdapter(path.join(folder, part), adapter);
    return part;
  });
  const { hidden } = model.config;
  writeSafetensors(path.join(folder, TENSORS_FILE), {
    weight: { dtype: "F32", shape: [head.labels.length, hidden], data: head.weight },
    bias: { dtype: "F32", shape: [head.labels.length], data: head.bias },
  });
  const backbone = { model: model.name, digest: model.checkpoint.digest };
  const json = { format: FORMAT, backbone, adapters, labels: head.labels, reading, form, maxTokens, scale, ...facts };
  replaceFile(path.join(folder, JSON_FILE), [`${JSON.stringify(json, undefined, 2)}\n`]);
}

async function loadLight(folder: string, options: LoadScoreOptions): Promise<ScoreModel> {
  const file = path.join(folder, JSON_FILE);
  const json = readJsonObject(file, 2 ** 20);
  const wrong = (key: string, expected: string) =>
    new FileFormatError(file, `${key}: expected ${expected}; got ${printable(JSON.stringify(json[key]) ?? "nothing")}`);
  if (json.format !== FORMAT) throw wrong("format", String(FORMAT));
  const { backbone, adapters, labels, reading, scale, maxTokens } = json;
  if (!isJsonObject(backbone) || typeof backbone.model !== "string" || typeof backbone.digest !== "string")
    throw wrong("backbone", "{ model, digest }");
  if (!Array.isArray(labels) || labels.length === 0 || !labels.every((label) => typeof label === "string")) throw wrong("labels", "names");
  if (!Array.isArray(adapters) || adapters.length > MOST_ADAPTERS || !adapters.every((part, i) => part === `adapter-${i}`))
    throw wrong("adapters", `at most ${MOST_ADAPTERS}, called adapter-0, adapter-1 …`);
  if (!isJsonObject(reading) || typeof reading.layer !== "number" || (reading.pool !== "last" && reading.pool !== "mean"))
    throw wrong("reading", "{ layer, pool }");
  if (!isJsonObject(scale) || typeof scale.shift !== "number" || typeof scale.scale !== "number") throw wrong("scale", "{ shift, scale }");
  if (typeof maxTokens !== "number" || !Number.isInteger(maxTokens)) throw wrong("maxTokens", "a whole number");

  const bare = options.backbone ?? (await loadModel(backbone.model, { engine: options.engine }));
  if (bare.checkpoint.digest !== backbone.digest)
    throw new OptionError("backbone", bare.name, `${backbone.model}, the model that this head was made for (its digest differs)`);
  const loaded = await Promise.all(adapters.map((part: string) => loadAdapter(path.join(folder, part))));
  const model = await new Model(bare.checkpoint, bare.config, [], bare.engine, bare).withAdapters(...loaded);
  const { tensors } = readSafetensorsHeader(path.join(folder, TENSORS_FILE));
  const read = (name: string, shape: readonly number[]) => {
    const info = tensors.get(name);
    if (info?.shape.join() !== shape.join())
      throw new FileFormatError(path.join(folder, TENSORS_FILE), `${info ? `[${info.shape}]` : "missing"}; expected [${shape}]`, {
        tensor: name,
      });
    return readFloat32(info);
  };
  const head = {
    labels: labels as string[],
    weight: read("weight", [labels.length, model.config.hidden]),
    bias: read("bias", [labels.length]),
  };
  const { layer, pool } = reading;
  if (!(Number.isInteger(layer) && layer >= 1 && layer <= model.config.layers))
    throw wrong("reading", `a layer from 1 to ${model.config.layers}`);
  return new ScoreModel({
    model,
    head,
    reading: { layer, pool },
    form: options.form ?? checkForm(json.form as TextForm, `${file}: form`),
    maxTokens,
    scale: { shift: scale.shift, scale: scale.scale },
    label: options.label,
  });
}
