/** @file A guard that reads a prompt's activations before anything is written, and refuses where harm is predicted (paper, figure 4). */
import { type GenerateOptions, type Generation, generate, generateTexts } from "../engine/generate.js";
import { checkTokens, encodePrompts, type Prompt } from "../engine/prompts.js";
import { OptionError } from "../errors.js";
import { neuronFeatures } from "./features.js";
import type { HarmPredictor } from "./harm-predictor.js";

export interface SafeguardOptions {
  /**
   * What happens to a prompt whose answer is predicted to be harmful. `"refuse"` (default): the refusal is the answer, and nothing is
   * generated. `"continue"`: the answer begins with the refusal and the model goes on.
   */
  readonly action?: "refuse" | "continue";
  /** text, or token ids for a checkpoint without a tokenizer; default "I'm sorry, but I can't help with that." */
  readonly refusal?: string | readonly number[];
  /** least probability of harm at which the guard acts, default 0.5 */
  readonly threshold?: number;
}

/** As for `generate`; whether prompts are chats is the predictor's to say. */
export type GuardedOptions = Omit<GenerateOptions, "chat" | "interventions">;

export interface GuardedGeneration extends Generation {
  readonly harmProbability: number;
  /** did the guard act? `ids` and `text` then begin with the refusal; one that stands alone counts as ended by a token */
  readonly guarded: boolean;
}

/** Seconds a prompt, on this machine. */
export interface SafeguardOverhead {
  readonly prompts: number;
  /** deciding from the activations: what the guard adds where the forward pass over the prompt is shared with generation */
  readonly predicting: number;
  /** reading the activations in a pass of its own, as {@link Safeguard.generate} does */
  readonly reading: number;
  /** generating without the guard */
  readonly generating: number;
  /** time with the predictor alone over time without a guard: `(generating + predicting) / generating` */
  readonly ratio: number;
  /** the same with the pass of its own: `(generating + reading + predicting) / generating` */
  readonly ratioWithReading: number;
}

/** Generates with a guard in front. An immutable value. */
export class Safeguard {
  readonly action: "refuse" | "continue";
  readonly refusal: string | readonly number[];
  readonly threshold: number;

  /** @throws OptionError for options that make no sense */
  constructor(
    readonly predictor: HarmPredictor,
    { action = "refuse", refusal = "I'm sorry, but I can't help with that.", threshold = 0.5 }: SafeguardOptions = {},
  ) {
    if (action !== "refuse" && action !== "continue") throw new OptionError("action", action, '"refuse" or "continue"');
    if (refusal.length === 0) throw new OptionError("refusal", refusal, "a text or tokens");
    if (!(threshold >= 0 && threshold <= 1)) throw new OptionError("threshold", threshold, "a probability in [0, 1]");
    this.action = action;
    this.refusal = refusal;
    this.threshold = threshold;
  }

  /**
   * Answers by the predictor's model, with the guard in front.
   *
   * @param options `newTokens` counts what the model writes; `onProgress` and `onToken` hear of that alone
   * @returns one entry a prompt, in order
   * @throws as `generate`
   */
  async generate(prompts: readonly Prompt[], options: GuardedOptions = {}): Promise<GuardedGeneration[]> {
    const { model, chat } = this.predictor;
    const { ids: refusal, text: refusalText } = await this.#refusalTokens();
    const encoded = await encodePrompts(model, prompts, chat);
    const { batch, signal } = options;
    const probabilities = await this.predictor.probabilities(prompts, { batch, signal });
    const guarded = Array.from(probabilities, (probability) => probability >= this.threshold);
    const written = [...encoded.keys()].filter((i) => !guarded[i] || this.action === "continue");
    const started = written.map((i) => ({ ...encoded[i], ids: Int32Array.from([...encoded[i].ids, ...(guarded[i] ? refusal : [])]) }));
    const onToken = options.onToken && ((at: number, token: number) => options.onToken!(written[at], token));
    const rows = written.length === 0 ? [] : (await generateTexts(model, started, { ...options, onToken })).rows;
    const answers = new Map(written.map((i, at) => [i, rows[at]]));
    return Promise.all(
      encoded.map(async ({ text: prompt, ids: promptIds }, i): Promise<GuardedGeneration> => {
        const rest = answers.get(i) ?? { ids: [], text: "", stop: "token" };
        const common = { prompt, promptIds: [...promptIds], stop: rest.stop, harmProbability: probabilities[i], guarded: guarded[i] };
        if (!guarded[i]) return { ...common, ids: rest.ids, text: rest.text };
        const ids = [...refusal, ...rest.ids];
        // tokens know where spaces go, but not where a stop string cut the text
        const joined = rest.ids.length === 0 || rest.stop === "string";
        return { ...common, ids, text: joined ? refusalText + rest.text : await decoded(model, ids) };
      }),
    );
  }

  /**
   * Measures what the guard costs. Each part runs once before it is timed, over one prompt, so that loading does not count.
   *
   * @param options as for `generate`; 128 new tokens by default
   */
  async overhead(prompts: readonly Prompt[], { newTokens = 128, ...options }: GuardedOptions = {}): Promise<SafeguardOverhead> {
    if (prompts.length === 0) throw new OptionError("prompts", "none", "at least one");
    const { model, chat, positions, neurons, regression } = this.predictor;
    const { batch, signal } = options;
    const read = (some: readonly Prompt[]) => neuronFeatures(model, some, neurons, { positions, chat, batch, signal });
    const write = (some: readonly Prompt[]) => generate(model, some, { ...options, newTokens, chat });
    const first = prompts.slice(0, 1);
    regression.probabilities(await read(first));
    await write(first);
    const { seconds: reading, value: features } = await timed(() => read(prompts));
    const { seconds: predicting } = await timed(async () => regression.probabilities(features));
    const { seconds: generating } = await timed(() => write(prompts));
    const each = (seconds: number) => seconds / prompts.length;
    return {
      prompts: prompts.length,
      predicting: each(predicting),
      reading: each(reading),
      generating: each(generating),
      ratio: (generating + predicting) / generating,
      ratioWithReading: (generating + reading + predicting) / generating,
    };
  }

  async #refusalTokens(): Promise<{ ids: readonly number[]; text: string }> {
    const { model } = this.predictor;
    const { refusal } = this;
    if (typeof refusal !== "string") return { ids: [...checkTokens(model, [...refusal], "refusal")], text: await decoded(model, refusal) };
    return { ids: (await model.tokenizer()).encodePlain(refusal), text: refusal };
  }
}

async function decoded(model: HarmPredictor["model"], ids: readonly number[]): Promise<string> {
  return model.checkpoint.file("tokenizer.json") === undefined ? "" : (await model.tokenizer()).decode(ids);
}

async function timed<T>(run: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { seconds: (performance.now() - start) / 1000, value };
}
