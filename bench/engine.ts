/** @file The engine against torch + transformers + hooks on SmolLM2-135M-Instruct: the same tokens, threads and machine, in turn. */
import { capture, contrast, Engine, generate, loadModel, type Model, NeuronSet, type Prompt, patch, seeded } from "../src/index.js";
import { locateAdapter } from "../src/weights/hub.js";
import type { Peer } from "./peer.js";
import { alternate, median, peakBytes, seconds } from "./timing.js";

export interface Row {
  readonly task: string;
  /** median over the runs */
  readonly ours: number;
  readonly peer: number | undefined;
  /** ours / peer of the medians */
  readonly ratio: number | undefined;
  readonly unit: "seconds" | "bytes";
  /** least over the runs */
  readonly oursMin?: number;
  readonly peerMin?: number;
  readonly ratioMin?: number;
  readonly same?: string;
}

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

export async function engineRows(
  peer: Peer | undefined,
  options: { threads: number; runs: number; tasks?: readonly string[] },
): Promise<Row[]> {
  await using engine = new Engine({ threads: options.threads, provider: "cpu" });
  const bare = await loadModel(MODEL, { engine });
  const [first, second] = [await bare.withAdapters(ADAPTERS[0]), await bare.withAdapters(...ADAPTERS)];
  const folders = await Promise.all(ADAPTERS.map((name) => locateAdapter(name)));
  await peer?.ask("load", { model: bare.checkpoint.folder });
  const sides = { first: folders.slice(0, 1), second: folders };
  const set = randomSet(bare, Math.floor(0.05 * bare.config.layers * bare.config.neurons));
  const chats = (await generate(first, QUESTIONS, { chat: true, newTokens: 1 })).map((row) => row.promptIds);
  const rows: Row[] = [];
  const wanted = (task: string) => !options.tasks || options.tasks.includes(task);

  const time = async (task: string, ours: () => Promise<unknown>, request: Record<string, unknown>, name = task) => {
    if (!wanted(task)) return;
    let [mine, theirs]: unknown[] = [];
    const times = await alternate(
      options.runs,
      () =>
        seconds(async () => {
          mine = await ours();
        }),
      peer &&
        (async () => {
          const reply = await peer.ask(name, request);
          theirs = reply.ids;
          return reply.seconds;
        }),
    );
    const row = rowOf(task, times.ours, times.peer);
    rows.push(theirs ? { ...row, same: agreement(mine as number[][], theirs as number[][]) } : row);
    report(rows.at(-1)!);
  };

  const random = seeded(0);
  const tokens = (count: number, length: number) =>
    Array.from({ length: count }, () => Array.from({ length }, () => random.integer(bare.config.vocabulary)));
  const block = tokens(8, 128);
  await time("capture", () => capture(first, block, { sites: "blocks.*.mlp.hook_post" }), { adapters: sides.first, prompts: block });
  const texts = tokens(80, 126);
  const contrasted = { ...sides, texts, spans: texts.map((text) => [1, text.length]), batch: 8, statistics: true };
  const ourContrast = () =>
    contrast(
      first,
      second,
      texts.map((text) => text.slice(0, 1)),
      { completions: texts.map((text) => text.slice(1)), positions: "generated" },
    );
  await time("contrast-time", ourContrast, contrasted, "contrast");
  await time("contrast-streaming-time", ourContrast, contrasted, "contrast-streaming");
  if (wanted("contrast-memory")) rows.push(await memory(ourContrast, peer, contrasted));
  const ids = async (model: Model, prompts: readonly Prompt[], newTokens: number, set?: NeuronSet) =>
    (await generate(model, prompts, { newTokens, stopTokens: [], interventions: set ? [patch(set, second)] : [] })).map((row) => row.ids);
  await time(
    "decode-1",
    () => ids(first, chats.slice(0, 1), 64),
    { adapters: sides.first, prompts: chats.slice(0, 1), new_tokens: 64 },
    "decode",
  );
  await time("decode-8", () => ids(first, chats, 64), { adapters: sides.first, prompts: chats, new_tokens: 64 }, "decode");
  const patched = { ...sides, mask: [...set], prompts: chats, new_tokens: 64 };
  await time("patch-two-models", () => ids(first, chats, 64, set), patched);
  await time("patch-one-batch", () => ids(first, chats, 64, set), patched);
  return rows;
}

async function memory(ours: () => Promise<unknown>, peer: Peer | undefined, request: Record<string, unknown>): Promise<Row> {
  const mine = await peakBytes(ours);
  await peer?.ask("unload");
  const theirs = (await peer?.ask("contrast", { ...request, peak: true }))?.peak_bytes;
  const row: Row = {
    task: "contrast-memory",
    ours: mine ?? Number.NaN,
    peer: theirs,
    ratio: theirs && mine ? mine / theirs : undefined,
    unit: "bytes",
  };
  report(row);
  return row;
}

function rowOf(task: string, ours: readonly number[], peer: readonly number[] | undefined): Row {
  const row: Row = {
    task,
    ours: median(ours),
    peer: peer && median(peer),
    ratio: peer && median(ours) / median(peer),
    unit: "seconds",
    oursMin: Math.min(...ours),
  };
  return peer ? { ...row, peerMin: Math.min(...peer), ratioMin: Math.min(...ours) / Math.min(...peer) } : row;
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

const figure = (value: number | undefined, unit: Row["unit"]) =>
  value === undefined ? "-" : unit === "bytes" ? `${(value / 2 ** 20).toFixed(0)} MiB` : `${value.toFixed(3)} s`;

function report({ task, ours, peer, ratio, ratioMin, unit, same }: Row): void {
  const cells = [task.padEnd(24), figure(ours, unit).padStart(10), figure(peer, unit).padStart(10), (ratio?.toFixed(3) ?? "-").padStart(7)];
  console.error(`${cells.join("  ")}${ratioMin === undefined ? "" : `  (min/min ${ratioMin.toFixed(3)})`}${same ? `  ${same}` : ""}`);
}
