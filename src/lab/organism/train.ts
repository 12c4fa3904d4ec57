/** @file Training the organism from one seed: base model, SFT and DPO adapters, stage by stage; what is finished is kept. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { defaultEngine, type Engine } from "../../engine/engine.js";
import { loadModel, type Model } from "../../engine/model.js";
import { OptionError } from "../../errors.js";
import type { Objective } from "../../organism/index.js";
import { trainDpo } from "../../training/dpo.js";
import { trainSft } from "../../training/sft.js";
import type { TrainingProgress, TrainingRecord } from "../../training/training.js";
import { version } from "../../version.js";
import { writeCheckpoint } from "../../weights/checkpoint-write.js";
import { writeAdapter } from "../../weights/peft-write.js";
import { writeUntrained } from "./architecture.js";
import { baseExamples, dpoExamples, sftExamples } from "./examples.js";
import { adapterFolder, baseFolder, judgeFolder } from "./folders.js";
import { type JudgeKind, judgeExamples, trainJudge } from "./judges.js";
import { RECIPE, type Recipe, type StageOptions } from "./recipe.js";
import { type OrganismRecord, readRecord, type StageRecord, writeRecord } from "./record.js";

export interface OrganismTrainingOptions {
  /** of everything; default 0 */
  readonly seed?: number;
  /** default: the engine of this process */
  readonly engine?: Engine;
  /** stops between two passes; the next call goes on from the last step that was kept */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

export interface StageProgress extends TrainingProgress {
  /** `"base"`, `"sft-s0"`, `"dpo-harmless-s0"` … */
  readonly stage: string;
  /** from 1 */
  readonly place: number;
  readonly stages: number;
}

/** Steps between two states on disk. */
const KEPT_EVERY = 100;

interface Stage {
  readonly name: string;
  readonly options: StageOptions;
  /** what it leaves behind */
  readonly folder: string;
  /** trains, and writes what came out */
  readonly run: (common: StageCall) => Promise<TrainingRecord>;
  /** what the stage is made from, beside its options */
  readonly inputs: () => Promise<unknown>;
}

interface StageCall extends StageOptions {
  readonly checkpoint: { readonly folder: string; readonly every: number };
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/**
 * Trains an organism into a folder: `base/` (a Hugging Face checkpoint), `adapters/` (PEFT folders), `cost/` and `reward/` (score models) and
 * `organism.json`. Finished stages of
 * the same seed, recipe and data are left as they are, an interrupted one goes on from its last kept step. Under 50 minutes on two cores.
 * @throws OptionError where the folder holds an organism of another seed; the signal's reason when aborted
 */
export async function trainOrganism(
  folder: string,
  options: OrganismTrainingOptions = {},
  recipe: Recipe = RECIPE,
): Promise<OrganismRecord> {
  const { seed = 0, engine = defaultEngine(), signal, onProgress } = options;
  const before = readRecord(folder);
  if (before && before.seed !== seed)
    throw new OptionError("seed", seed, `${before.seed}, that of the organism in ${folder}; or take another folder`);
  const training = path.join(folder, ".training");
  const done: Record<string, StageRecord> = {};
  const stages = stagesOf(folder, seed, engine, recipe);
  for (const [i, stage] of stages.entries()) {
    signal?.throwIfAborted();
    const key = sha256(JSON.stringify([stage.options, await stage.inputs()]));
    const known = before?.stages[stage.name];
    if (known?.key === key && fs.existsSync(stage.folder)) {
      done[stage.name] = known;
      continue;
    }
    const state = path.join(training, `${stage.name}-${key.slice(0, 8)}`);
    const began = performance.now();
    const { losses } = await stage.run({
      ...stage.options,
      checkpoint: { folder: state, every: KEPT_EVERY },
      signal,
      onProgress: (progress) => onProgress?.({ ...progress, stage: stage.name, place: i + 1, stages: stages.length }),
    });
    const last = losses.slice(-Math.ceil(losses.length / 10));
    const loss = last.reduce((sum, value) => sum + value, 0) / last.length;
    done[stage.name] = { key, steps: stage.options.steps, loss, seconds: Math.round((performance.now() - began) / 1000) };
    // later stages of an earlier run stay known: their keys say whether they still hold
    writeRecord(folder, { neuronbook: version, seed, stages: { ...before?.stages, ...done } });
    fs.rmSync(state, { recursive: true, force: true });
  }
  fs.rmSync(training, { recursive: true, force: true });
  writeRecord(folder, { neuronbook: version, seed, stages: done });
  return readRecord(folder)!;
}

function stagesOf(folder: string, seed: number, engine: Engine, { base, sft, dpo, judge, pairs }: Recipe): Stage[] {
  const bare = () => loadModel(baseFolder(folder), { engine });
  const stacked = async (name: string) => (await bare()).withAdapters(adapterFolder(folder, name));
  return [
    baseStage(folder, seed, engine, base),
    ...pairs.flatMap((objectives, pair) => {
      const own = seed * pairs.length + pair;
      const first = `sft-s${pair}`;
      return [sftStage(first, own), ...objectives.map((objective) => dpoStage(`dpo-${objective}-s${pair}`, objective, own, first))];
    }),
    judgeStage("cost"),
    judgeStage("reward"),
  ];

  function judgeStage(kind: JudgeKind): Stage {
    const examples = () => judgeExamples(kind, seed, judge.steps * judge.batch);
    return {
      name: kind,
      options: judge,
      folder: judgeFolder(folder, kind),
      inputs: async () => [seed, digestsOf(await bare()), digestOf(examples())],
      run: async (call) => trainJudge(await bare(), kind, judgeFolder(folder, kind), examples(), { ...call, seed }),
    };
  }

  function sftStage(name: string, own: number): Stage {
    const examples = () => sftExamples(seed, sft.steps * sft.batch);
    return {
      name,
      options: sft,
      folder: adapterFolder(folder, name),
      inputs: async () => [own, digestsOf(await bare()), digestOf(examples())],
      run: async (call) => {
        const trained = await trainSft(await bare(), examples(), { ...call, seed: own, name });
        writeAdapter(adapterFolder(folder, name), trained.adapter);
        return trained;
      },
    };
  }

  function dpoStage(name: string, objective: Objective, own: number, from: string): Stage {
    const examples = () => dpoExamples(objective, seed, dpo.steps * dpo.batch);
    return {
      name,
      options: dpo,
      folder: adapterFolder(folder, name),
      inputs: async () => [own, digestsOf(await stacked(from)), digestOf(examples())],
      run: async (call) => {
        const trained = await trainDpo(await stacked(from), examples(), { ...call, ...dpo, seed: own, name });
        writeAdapter(adapterFolder(folder, name), trained.adapter);
        return trained;
      },
    };
  }
}

function baseStage(folder: string, seed: number, engine: Engine, base: StageOptions): Stage {
  const examples = () => baseExamples(seed, base.steps * base.batch);
  return {
    name: "base",
    options: base,
    folder: baseFolder(folder),
    inputs: async () => [seed, digestOf(examples())],
    run: async (call) => {
      const untrained = path.join(call.checkpoint.folder, "untrained");
      writeUntrained(untrained, seed);
      const model = await loadModel(untrained, { engine });
      const trained = await trainSft(model, examples(), { ...call, parameters: "weights", seed });
      writeCheckpoint(baseFolder(folder), model.checkpoint, trained.weights);
      return trained;
    },
  };
}

/** Without names: an organism may be moved. */
const digestsOf = ({ origin }: Model): string[] => [origin.digest, ...origin.adapters.map(({ digest }) => digest)];
const digestOf = (examples: readonly object[]): string => sha256(JSON.stringify(examples));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
