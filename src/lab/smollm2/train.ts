/** @file All adapters of SmolLM2, one after the other. Each can be interrupted and goes on where it was; finished ones are kept. */
import path from "node:path";
import type { Engine } from "../../engine/engine.js";
import { loadModel, type Model } from "../../engine/model.js";
import type { Progress } from "../../engine/progress.js";
import { type AdapterRecord, trainCommand } from "../../training/adapter-record.js";
import { type AdapterData, trainAdapter } from "../../training/adapter-run.js";
import { readDpoExamples, readSftExamples } from "../../training/examples-file.js";
import type { HubOptions } from "../../weights/hub.js";
import { type ExampleFiles, hhFiles, jointFiles, sftFiles } from "./examples.js";
import { reasoningFiles, refusalFiles } from "./own-reply-pairs.js";
import { adapterName, MODEL, ONCE, type Preference, type Stage, settingsOf } from "./recipe.js";

export interface SmolLM2Training {
  readonly engine: Engine;
  /** training files, some with harmful texts: outside a repository */
  readonly work: string;
  /** where adapters go */
  readonly adapters: string;
  readonly seeds: readonly number[];
  /** another checkpoint with a chat template; default SmolLM2-135M-Instruct */
  readonly model?: string;
  readonly signal?: AbortSignal;
  readonly hub?: HubOptions;
  /** starts a phase; what it returns is called as the phase goes on */
  readonly phase: (label: string) => (progress: Progress) => void;
  /** called with each adapter as it is done */
  readonly onAdapter?: (name: string, record: AdapterRecord) => void;
}

/** The stages in the order in which they are worth having: first the pairs that show most. */
export const stagesOf = (seeds: readonly number[]): { stage: Stage; seed: number }[] =>
  [["sft", "dpo-refusal"] as const, ["dpo-harmless"] as const, ONCE].flatMap((stages: readonly Stage[]) =>
    seeds.slice(0, stages === ONCE ? 1 : seeds.length).flatMap((seed) => stages.map((stage) => ({ stage, seed }))),
  );

export async function trainSmolLM2(training: SmolLM2Training): Promise<void> {
  const { engine, signal, hub, seeds } = training;
  const base = await loadModel(training.model ?? MODEL, { engine, signal, ...hub });
  for (const { stage, seed } of stagesOf(seeds)) {
    const record = stage === "sft" ? await trainSftStage(training, base, seed) : await trainPreference(training, base, stage, seed);
    training.onAdapter?.(adapterName(stage, seed), record);
  }
}

async function trainSftStage(training: SmolLM2Training, base: Model, seed: number): Promise<AdapterRecord> {
  const files = await sftFiles(training.work, await base.tokenizer());
  const examples = (file: string) => readSftExamples(file, training).then((read) => read.examples);
  const data: AdapterData = { kind: "sft", examples: await examples(files.train), heldOut: await examples(files.heldOut) };
  return trainStage(training, base, data, files, "sft", seed);
}

async function trainPreference(training: SmolLM2Training, base: Model, stage: Preference, seed: number): Promise<AdapterRecord> {
  const sft = await base.withAdapters(path.join(training.adapters, adapterName("sft", seed)));
  const files = await preferenceFiles(training, sft, stage, seed);
  const examples = (file: string) => readDpoExamples(file, training).then((read) => read.examples);
  const data: AdapterData = { kind: "dpo", examples: await examples(files.train), heldOut: await examples(files.heldOut) };
  return trainStage(training, sft, data, files, stage, seed);
}

async function preferenceFiles(
  { work, signal, phase }: SmolLM2Training,
  sft: Model,
  stage: Preference,
  seed: number,
): Promise<ExampleFiles> {
  const hh = async (objective: "harmless" | "helpful") => hhFiles(work, await sft.tokenizer(), objective);
  const replies = () => ({ signal, onProgress: phase(`${adapterName(stage, seed)}: the SFT model's replies`) });
  const refusal = () => refusalFiles(work, sft, seed, replies());
  if (stage === "dpo-refusal") return refusal();
  if (stage === "dpo-reasoning") return reasoningFiles(work, sft, seed, replies());
  if (stage === "dpo-joint") return jointFiles(work, seed, await refusal(), await hh("helpful"));
  return hh(stage === "dpo-helpful" ? "helpful" : "harmless");
}

function trainStage(
  { adapters, signal, phase }: SmolLM2Training,
  model: Model,
  data: AdapterData,
  files: ExampleFiles,
  stage: Stage,
  seed: number,
): Promise<AdapterRecord> {
  const name = adapterName(stage, seed);
  const folder = path.join(adapters, name);
  const settings = settingsOf(stage, seed);
  const source = { examples: files.train, heldOut: files.heldOut };
  const command = trainCommand({ kind: data.kind, model, source, out: folder, settings });
  return trainAdapter({
    model,
    data,
    source,
    command,
    out: folder,
    settings,
    resume: true,
    signal,
    onReference: phase(`${name}: reference`),
    onProgress: phase(name),
  });
}
