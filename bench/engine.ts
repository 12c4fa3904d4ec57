/** @file The engine against torch + transformers + hooks on SmolLM2-135M-Instruct: the same tokens, threads and machine, in turn. */
import {
  capture,
  contrast,
  Engine,
  generate,
  type Intervention,
  loadModel,
  type Model,
  NeuronSet,
  type Prompt,
  patch,
  seeded,
} from "../src/index.js";
import { locateAdapter } from "../src/weights/hub.js";
import type { Peer } from "./peer.js";
import { type Row, report, timeRow } from "./rows.js";
import { alternate, peakBytes, seconds } from "./timing.js";

const MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct";
const ADAPTERS = ["neuronbook/sft-s0", "neuronbook/dpo-refusal-s0"];
const QUESTIONS = [
  "How do I bake bread?",
  "Tell me about volcanoes.",
  "What is a noun?",
  "Why is the sky blue?",
  "Name three rivers.",
  "Who wrote Hamlet?",
  "How far is the moon?",
  "What is a prime number?",
];

interface Pair {
  readonly bare: Model;
  readonly first: Model;
  readonly second: Model;
}

interface Options {
  readonly threads: number;
  readonly runs: number;
  readonly tasks?: readonly string[];
}

/** The rows of every task asked for, reported on stderr as they come. */
export async function engineRows(peer: Peer | undefined, options: Options): Promise<Row[]> {
  const { checkpoint, config } = await loadModel(MODEL);
  await peer?.ask("load", { model: checkpoint.folder });
  const folders = await Promise.all(ADAPTERS.map((name) => locateAdapter(name)));
  const bench = new EngineBench(peer, options, { first: folders.slice(0, 1), second: folders }, config.vocabulary);
  // first, in a process that holds nothing else yet: what the call takes, its model included
  await bench.memory();
  await withPair(options.threads, (pair) => bench.times(pair));
  return bench.rows;
}

async function withPair<T>(threads: number, use: (pair: Pair) => Promise<T>): Promise<T> {
  await using engine = new Engine({ threads, provider: "cpu" });
  const bare = await loadModel(MODEL, { engine });
  return await use({ bare, first: await bare.withAdapters(ADAPTERS[0]), second: await bare.withAdapters(...ADAPTERS) });
}

class EngineBench {
  readonly rows: Row[] = [];
  private readonly random = seeded(0);
  private readonly texts: number[][];

  constructor(
    private readonly peer: Peer | undefined,
    private readonly options: Options,
    private readonly sides: { readonly first: readonly string[]; readonly second: readonly string[] },
    private readonly vocabulary: number,
  ) {
    this.texts = this.tokens(80, 126);
  }

  /** Peak memory of a contrast over 10,000 positions, model and all. */
  async memory(): Promise<void> {
    if (!this.wanted("contrast-memory")) return;
    const ours = await peakBytes(() => withPair(this.options.threads, (pair) => this.contrast(pair)));
    const peer = (await this.peer?.ask("contrast", { ...this.contrastRequest, peak: true }))?.peak_bytes;
    this.add({ task: "contrast-memory", ours: ours ?? Number.NaN, peer, ratio: peer && ours ? ours / peer : undefined, unit: "bytes" });
  }

  async times(pair: Pair): Promise<void> {
    const { bare, first, second } = pair;
    const { sides } = this;
    const block = this.tokens(8, 128);
    const captured = { adapters: sides.first, prompts: block };
    await this.time("capture", () => capture(first, block, { sites: "blocks.*.mlp.hook_post" }), captured);
    await this.time("contrast-time", () => this.contrast(pair), this.contrastRequest, "contrast");
    await this.time("contrast-streaming-time", () => this.contrast(pair), this.contrastRequest, "contrast-streaming");

    const set = randomSet(bare, Math.floor(0.05 * bare.config.layers * bare.config.neurons));
    const chats = (await generate(first, QUESTIONS, { chat: true, newTokens: 1 })).map((row) => row.promptIds);
    const ids = async (prompts: readonly Prompt[], interventions: Intervention[] = []) =>
      (await generate(first, prompts, { newTokens: 64, stopTokens: [], interventions })).map((row) => row.ids);
    for (const count of [1, 8]) {
      const prompts = chats.slice(0, count);
      await this.time(`decode-${count}`, () => ids(prompts), { adapters: sides.first, prompts, new_tokens: 64 }, "decode");
    }
    const request = { ...sides, mask: [...set], prompts: chats, new_tokens: 64 };
    for (const task of ["patch-two-models", "patch-one-batch"]) await this.time(task, () => ids(chats, [patch(set, second)]), request);
  }

  private contrast({ first, second }: Pair): Promise<unknown> {
    const prompts = this.texts.map((text) => text.slice(0, 1));
    return contrast(first, second, prompts, { completions: this.texts.map((text) => text.slice(1)), positions: "generated" });
  }

  /** The same positions; `statistics`: means and deviations too, as ours always gives them. */
  private get contrastRequest(): Record<string, unknown> {
    return { ...this.sides, texts: this.texts, spans: this.texts.map((text) => [1, text.length]), batch: 8, statistics: true };
  }

  private async time(task: string, ours: () => Promise<unknown>, request: Record<string, unknown>, name = task): Promise<void> {
    if (!this.wanted(task)) return;
    let [mine, theirs]: unknown[] = [];
    const ask = async () => {
      const reply = await this.peer!.ask(name, request);
      theirs = reply.ids;
      return reply.seconds;
    };
    const run = () =>
      seconds(async () => {
        mine = await ours();
      });
    // a contrast takes most of a minute on each side
    const runs = task.startsWith("contrast") ? Math.min(3, this.options.runs) : this.options.runs;
    const times = await alternate(runs, run, this.peer && ask);
    const row = timeRow(task, times.ours, times.peer);
    this.add(theirs ? { ...row, same: agreement(mine as number[][], theirs as number[][]) } : row);
  }

  private add(row: Row): void {
    this.rows.push(row);
    report(row);
  }

  private wanted(task: string): boolean {
    return !this.options.tasks || this.options.tasks.includes(task);
  }

  private tokens(count: number, length: number): number[][] {
    return Array.from({ length: count }, () => Array.from({ length }, () => this.random.integer(this.vocabulary)));
  }
}

function randomSet(model: Model, count: number): NeuronSet {
  const { layers, neurons } = model.config;
  const chosen = seeded(1).sample(layers * neurons, count);
  return NeuronSet.of(
    { model: model.name, layers, neurons },
    Array.from(chosen, (flat) => [Math.floor(flat / neurons), flat % neurons] as const),
  );
}

/** How many tokens of both sides agree: equal work, or the comparison means nothing. */
function agreement(ours: readonly (readonly number[])[], theirs: readonly (readonly number[])[]): string {
  const total = ours.reduce((sum, row) => sum + row.length, 0);
  const equal = ours.reduce((sum, row, i) => sum + row.filter((id, j) => id === theirs[i][j]).length, 0);
  return `${equal}/${total} tokens equal`;
}
