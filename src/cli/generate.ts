/** @file `neuronbook generate`: texts that a model writes. */
import type { Command } from "commander";
import { generate } from "../engine/generate.js";
import { runOrigin } from "../neurons/run-origin.js";
import { openModel, withEngine } from "./models.js";
import { inputName, SEEDS, temperatureValue, topPValue, wholeNumber } from "./option-values.js";
import { blamingLines, readPrompts } from "./prompts-file.js";
import { type Outcome, type Run, runs, watched } from "./run.js";
import { examples, modelOption, type PromptOptions, promptOptions } from "./run-options.js";

interface Options extends PromptOptions {
  readonly model: string;
  readonly adapter: readonly string[];
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

export function generateCommand(program: Command, run: Run): void {
  const command = modelOption(program.command("generate").description("Write a text after each prompt.")).option(
    "--adapter <adapter>",
    "(IA)^3 or LoRA adapter: name on Hugging Face, folder or file; given several times, they stack in this order",
    (name: string, before: readonly string[]) => [...before, inputName("the name of an adapter")(name)],
    [],
  );
  promptOptions(command)
    .option("--temperature <t>", "0 always takes the likeliest token", temperatureValue, 0)
    .option("--top-k <k>", "sample among the k likeliest tokens; 0 is all", wholeNumber(0), 0)
    .option("--top-p <p>", "sample among the likeliest tokens that hold this probability", topPValue, 1)
    .option("--seed <s>", "of sampling", SEEDS, 0);
  examples(
    command,
    "neuronbook generate --model HuggingFaceTB/SmolLM2-135M-Instruct --prompts prompts.jsonl --chat",
    "neuronbook generate --model ./llama --adapter ./sft --adapter ./dpo --prompts prompts.jsonl --limit 10 --json > texts.json",
    "neuronbook generate --model ./llama --prompts prompts.jsonl.gz --temperature 0.8 --top-p 0.95 --seed 1",
  );
  runs<Options>(command, run, work);
}

async function work(options: Options, _args: readonly string[], run: Run): Promise<Outcome> {
  const { model: name, adapter, prompts: file, chat = false, limit, newTokens, temperature, topK, topP, seed } = options;
  const prompts = await readPrompts(file, limit, run.signal);
  return withEngine(options.threads, async (engine) => {
    const model = await openModel(name, adapter, engine, run);
    const sampling = { temperature, topK, topP, seed };
    const texts = await blamingLines(file, prompts, () =>
      generate(
        model,
        prompts.map(({ prompt }) => prompt),
        { ...watched(run, "writing", options.batch), chat, newTokens, ...sampling },
      ),
    );
    const rows = texts.map(({ promptIds, ids, text, stop }, i) => ({ prompt: prompts[i].shown, promptIds, ids, text, stop }));
    const read = texts.map(({ promptIds }) => ({ ids: Int32Array.from(promptIds), promptLength: promptIds.length }));
    const origin = await runOrigin([model], read, { chat, newTokens, ...sampling, batch: options.batch });
    return { json: { rows, origin }, text: rows.map(readable).join("\n\n") };
  });
}

/** Texts of a checkpoint without a tokenizer are shown as token ids. */
const readable = ({
  prompt,
  promptIds,
  ids,
  text,
}: {
  prompt: string;
  promptIds: readonly number[];
  ids: readonly number[];
  text: string;
}) => `> ${prompt || `[${promptIds.join(" ")}]`}\n${text || `[${ids.join(" ")}]`}`;
