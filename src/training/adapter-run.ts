/**
 * @file A training that ends as a folder: the adapter in PEFT's form, README.md, and record.json with the command, the data's digest and
 * the results. While it goes on its state is in `.training` beside them, which is removed at the end.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Model } from "../engine/model.js";
import type { Progress } from "../engine/progress.js";
import { encodePrompts } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import { weightsName } from "../weights/adapter-form.js";
import { readJsonObject } from "../weights/json.js";
import { writeAdapter } from "../weights/peft.js";
import { replaceFile } from "../weights/replace-file.js";
import { type AdapterRecord, type AdapterSettings, adapterReadme } from "./adapter-record.js";
import { trainDpo } from "./dpo.js";
import { type DpoExample, encodePairs, encodeSft, type SftExample } from "./examples.js";
import { type DpoFit, dpoFitOf, type SftFit, sftFitOf } from "./held-out.js";
import { referenceLogprobs } from "./reference-logprobs.js";
import { trainSft } from "./sft.js";
import type { TrainingProgress } from "./training.js";
import type { Ia3Training, Ia3TrainingOptions } from "./what-is-trained.js";

export type AdapterData =
  | { readonly kind: "sft"; readonly examples: readonly SftExample[]; readonly heldOut: readonly SftExample[] }
  | { readonly kind: "dpo"; readonly examples: readonly DpoExample[]; readonly heldOut: readonly DpoExample[] };

export interface AdapterRun {
  /** with the adapters that the new one goes on top of */
  readonly model: Model;
  readonly data: AdapterData;
  /** where the data comes from, as a reader knows it; `heldOut` null: kept out of the examples */
  readonly source: { readonly examples: string; readonly heldOut: string | null };
  /** the same run as a command */
  readonly command: string;
  readonly out: string;
  readonly settings: AdapterSettings;
  /** go on with what is in `out` */
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** how far the reference's log-probabilities of the pairs are, which come first */
  readonly onReference?: (progress: Progress) => void;
}

/** Tokens of one pass: larger ones are no faster on a CPU, and texts of like lengths need less padding. */
const PASS_TOKENS = 512;
const KEEP_EVERY = 5;
const RECORD = "record.json";
const STATE = ".training";

/**
 * Trains an (IA)^3 adapter of `down_proj` and writes its folder. Neither weights nor scales decay: decay would pull scales towards 0.
 * @throws OptionError where `out` holds another run, or an unfinished one and `resume` is false; and as `trainSft` and `trainDpo`
 */
export async function trainAdapter(run: AdapterRun): Promise<AdapterRecord> {
  const { model, settings, out, signal, onReference } = run;
  const request = JSON.parse(JSON.stringify({ kind: run.data.kind, model: model.origin, data: digests(run.data), settings })) as object;
  const finished = finishedRecord(out, request, run.resume);
  if (finished) return finished;
  const { data, leftOut } = await fitting(model, run.data, settings);
  const { measure, train } = ways(model, data, { ...settings, signal, onReference, folder: path.join(out, STATE) });
  const before = data.kind === "sft" && data.heldOut.length > 0 ? await measure(model) : null;
  const { adapter, history, evaluations, origin } = await train({
    ...{ steps: settings.steps, batch: settings.batch, learningRate: settings.learningRate, seed: settings.seed, weightDecay: 0 },
    ...{ maxTokens: settings.maxTokens, chat: settings.chat, passTokens: PASS_TOKENS, name: path.basename(out), signal },
    checkpoint: { folder: path.join(out, STATE), every: KEEP_EVERY },
    evaluate:
      data.heldOut.length === 0
        ? undefined
        : { every: settings.evaluateEvery, run: async ({ adapter }) => measure(await model.withAdapters(adapter)) },
    onProgress: run.onProgress,
  });
  const record: AdapterRecord = {
    command: run.command,
    request,
    data: { ...run.source, count: data.examples.length, heldOutCount: data.heldOut.length, leftOut },
    before,
    evaluations,
    history: history.map(({ loss, margin, accuracy }) => rounded({ loss, margin, accuracy })),
    threads: model.engine.threads,
    provider: await model.engine.resolveProvider(),
    origin,
  };
  writeAdapter(out, adapter, { base_model_name_or_path: model.name });
  replaceFile(path.join(out, "README.md"), [adapterReadme(record, path.basename(out))]);
  replaceFile(path.join(out, RECORD), [`${JSON.stringify(record, undefined, 1)}\n`]);
  fs.rmSync(path.join(out, STATE), { recursive: true, force: true });
  return record;
}

/** What is in `out` already. */
function finishedRecord(out: string, request: object, resume: boolean): AdapterRecord | undefined {
  const file = path.join(out, RECORD);
  if (!resume) {
    if (fs.existsSync(file) || fs.existsSync(path.join(out, weightsName)))
      throw new OptionError("out", out, "a folder without an adapter; it holds one");
    if (fs.existsSync(path.join(out, STATE)))
      throw new OptionError("out", out, "--resume too, as it holds an unfinished training; or a new folder");
    return undefined;
  }
  if (!fs.existsSync(file)) return undefined;
  const record = readJsonObject(file) as unknown as AdapterRecord;
  if (!isDeepStrictEqual(record.request, request))
    throw new OptionError(
      "out",
      out,
      "a folder of this very run: model, data or options differ from those that its adapter was trained with",
    );
  fs.rmSync(path.join(out, STATE), { recursive: true, force: true });
  return record;
}

interface Ways {
  readonly measure: (model: Model) => Promise<SftFit | DpoFit>;
  readonly train: (options: Ia3TrainingOptions) => Promise<Ia3Training>;
}

type WayOptions = AdapterSettings & Pick<AdapterRun, "signal" | "onReference"> & { readonly folder: string };

function ways(model: Model, data: AdapterData, options: WayOptions): Ways {
  const { signal, onReference, beta = 0.1 } = options;
  const once = <T>(make: () => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  if (data.kind === "sft") {
    const texts = once(() => encodeSft(model, data.heldOut, options));
    return { measure: async (it) => sftFitOf(it, await texts(), signal), train: (more) => trainSft(model, data.examples, more) };
  }
  const pairs = once(() => encodePairs(model, data.heldOut, options));
  const folder = path.join(options.folder, "held-out");
  const reference = once(async () => referenceLogprobs(model, await pairs(), { folder, signal, onProgress: onReference }));
  return {
    measure: async (it) => dpoFitOf(it, await pairs(), await reference(), beta, signal),
    train: (more) => trainDpo(model, data.examples, { ...more, beta, onReference }),
  };
}

/** The examples whose prompts leave room for an answer. */
async function fitting(
  model: Model,
  data: AdapterData,
  { maxTokens, chat }: AdapterSettings,
): Promise<{ data: AdapterData; leftOut: number }> {
  let leftOut = 0;
  const fit = async <E extends SftExample | DpoExample>(examples: readonly E[]): Promise<E[]> => {
    const prompts = await encodePrompts(
      model,
      examples.map(({ prompt }) => prompt),
      chat,
    );
    const kept = examples.filter((_, i) => prompts[i].ids.length < maxTokens);
    leftOut += examples.length - kept.length;
    return kept;
  };
  // twice the same, so that each kind keeps its type
  const fitted: AdapterData =
    data.kind === "sft"
      ? { kind: "sft", examples: await fit(data.examples), heldOut: await fit(data.heldOut) }
      : { kind: "dpo", examples: await fit(data.examples), heldOut: await fit(data.heldOut) };
  if (fitted.examples.length === 0)
    throw new OptionError("maxTokens", maxTokens, "more than the prompts have, which leave no room for an answer");
  return { data: fitted, leftOut };
}

const digests = ({ examples, heldOut }: AdapterData): { examples: string; heldOut: string } => ({
  examples: digest(examples),
  heldOut: digest(heldOut),
});

const digest = (examples: readonly object[]): string => createHash("sha256").update(JSON.stringify(examples)).digest("hex");

/** Five significant digits: a record is read by people. */
function rounded(numbers: { loss: number; margin?: number; accuracy?: number }): AdapterRecord["history"][number] {
  const entries = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, Number(value.toPrecision(5))])) as AdapterRecord["history"][number];
}
