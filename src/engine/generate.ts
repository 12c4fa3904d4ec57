/** @file Writing texts: greedy or sampled, in batches, with interventions in force at every step. */
import { OptionError } from "../errors.js";
import type { Site } from "../models/sites.js";
import { planBatches } from "./batches.js";
import type { Intervention } from "./interventions.js";
import { LanePlan } from "./lanes.js";
import type { Model } from "./model.js";
import type { Positions } from "./positions.js";
import { Reporter } from "./progress.js";
import { type EncodedPrompt, encodePrompts, type Prompt } from "./prompts.js";
import type { GenerateReply } from "./protocol.js";
import { capturedValues, captureOf, donorPlan, longest, planOf, type RunOptions, touchesHead, withSessions } from "./score-texts.js";
import { StopStrings } from "./stop-strings.js";

export interface GenerateOptions extends RunOptions {
  /** most tokens to write; default 32 */
  newTokens?: number;
  /** make each plain prompt one user message in chat form; default false */
  chat?: boolean;
  /** tokens that end a text; default those of the model's configuration. `[]` = only `newTokens` ends it */
  stopTokens?: readonly number[];
  /** a text ends when it holds one of these */
  stopStrings?: readonly string[];
  /** 0 (default) = greedy */
  temperature?: number;
  /** keep the k likeliest tokens; 0 (default) = all */
  topK?: number;
  /** keep the likeliest tokens that hold this probability; default 1 */
  topP?: number;
  /** of sampling, in [0, 2^32); each prompt has its own stream, so batches do not matter. Default 0 */
  seed?: number;
  interventions?: readonly Intervention[];
  /** called for each token as it is written, with the prompt's place in the call */
  onToken?: (prompt: number, token: number) => void;
}

export interface Generation {
  /** the text that was tokenised, chat form included; empty for a prompt of token ids */
  readonly prompt: string;
  readonly promptIds: readonly number[];
  /** tokens written, without the stop token */
  readonly ids: readonly number[];
  /** the tokens' text without special tokens, cut before a stop string; empty when the checkpoint has no tokenizer */
  readonly text: string;
  readonly stop: "token" | "string" | "length";
}

/**
 * @returns one entry a prompt, in order
 * @throws OptionError, SiteError, EngineError; the signal's reason when aborted (the engine stays usable)
 */
export async function generate(model: Model, prompts: readonly Prompt[], options: GenerateOptions = {}): Promise<Generation[]> {
  const encoded = await encodePrompts(model, prompts, options.chat);
  const { rows } = await generateTexts(model, encoded, options);
  return rows;
}

/** Captured rows of one batch while it was written; `indices` are the prompts' places in the call. */
export interface CapturedBatch {
  readonly captured: NonNullable<GenerateReply["captured"]>;
  readonly indices: readonly number[];
}

/** Generation of encoded prompts, optionally with sites captured on the way. */
export async function generateTexts(
  model: Model,
  prompts: readonly EncodedPrompt[],
  options: GenerateOptions,
  capture?: { readonly sites: readonly Site[]; readonly positions: Positions },
): Promise<{ rows: Generation[]; captured: CapturedBatch[] }> {
  const { newTokens = 32, stopTokens = model.config.stopTokens, seed = 0 } = options;
  const sampling = checkSampling(options);
  const lengths = prompts.map((prompt) => prompt.ids.length);
  const most = longest(lengths) + newTokens;
  if (!Number.isInteger(newTokens) || newTokens < 1) throw new OptionError("newTokens", newTokens, "a whole number from 1");
  if (most > model.config.maxPositions)
    throw new OptionError(
      "newTokens",
      `${most - newTokens} prompt tokens + ${newTokens}`,
      `at most ${model.config.maxPositions} tokens together`,
    );
  const sites = capture?.sites ?? [];
  const lanes = await LanePlan.make(model, options.interventions ?? [], prompts.length, { shareable: true, chat: options.chat });
  const plan = planOf(model, lanes, sites, true);
  const donor = lanes.foreign && donorPlan(lanes.foreign, lanes.foreignSites, true);
  const captured: CapturedBatch[] = [];
  const rows: Generation[] = new Array(prompts.length);
  const sizing = {
    budget: model.engine.batchBytes,
    lanes: lanes.lanesPerText,
    newTokens,
    captured: capturedValues(sites, model, most),
    everyLogit: touchesHead(plan),
    size: options.batch,
  };
  const tokenizer = model.checkpoint.file("tokenizer.json") === undefined ? undefined : await model.tokenizer();
  const progress = new Reporter("tokens", prompts.length * newTokens, options.onProgress);
  await withSessions(model, plan, lanes.foreign, donor?.plan, async (session, donorSession) => {
    for (const indices of planBatches(lengths, model.config, sizing)) {
      const texts = indices.map((i) => ({ ids: prompts[i].ids, promptLength: prompts[i].ids.length }));
      const count = indices.length * lanes.lanesPerText;
      let written = 0;
      const stops = new StopStrings(options.stopStrings ?? [], tokenizer, count);
      const reply = await model.engine.generate(
        {
          batch: lanes.batch(session, texts, indices),
          lockStep: donor && lanes.lockStep(donorSession, donor.adapters, texts),
          capture: capture && captureOf(sites, capture.positions, indices.length),
          newTokens,
          stopTokens,
          sampling,
          seeds: Array.from({ length: count }, (_, lane) => (lane < indices.length ? promptSeed(seed, indices[lane]) : -1)),
          ended: stops.ended,
        },
        {
          signal: options.signal,
          onTokens: (tokens) => {
            stops.push(tokens);
            const now = tokens.filter((token) => token >= 0).length;
            written += now;
            progress.advance(now);
            tokens.forEach((token, lane) => {
              if (token >= 0) options.onToken?.(indices[lane], token);
            });
          },
        },
      );
      if (reply.captured) captured.push({ captured: reply.captured, indices });
      indices.forEach((index, lane) => {
        const { ids, text, hit } = stops.cut(reply.tokens[lane]);
        const stop = hit ? "string" : reply.stopped[lane] ? "token" : "length";
        rows[index] = { prompt: prompts[index].text, promptIds: [...prompts[index].ids], ids: [...ids], text, stop };
      });
      // texts that ended early count as if written out
      progress.advance(indices.length * newTokens - written);
    }
  });
  return { rows, captured };
}

function checkSampling({ temperature = 0, topK = 0, topP = 1 }: GenerateOptions) {
  if (!(temperature >= 0 && Number.isFinite(temperature))) throw new OptionError("temperature", temperature, "a number from 0");
  if (!Number.isInteger(topK) || topK < 0) throw new OptionError("topK", topK, "a whole number from 0");
  if (!(topP > 0 && topP <= 1)) throw new OptionError("topP", topP, "a number above 0, at most 1");
  return { temperature, topK, topP };
}

/** A stream of its own for each prompt, so that its draws depend on nothing else. */
function promptSeed(seed: number, prompt: number): number {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw new OptionError("seed", seed, "an integer in [0, 2^32)");
  return (Math.imul(prompt + 1, 0x9e3779b1) ^ seed) >>> 0;
}
