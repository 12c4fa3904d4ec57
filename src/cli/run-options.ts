/** @file Options that several commands share, with the same names and meanings everywhere. */
import { type Command, Option } from "commander";
import { adapterStack, inputName, wholeNumber } from "./option-values.js";

export interface PromptOptions {
  readonly prompts: string;
  readonly chat?: boolean;
  readonly limit?: number;
  readonly newTokens: number;
  readonly threads?: number;
  readonly batch?: number;
}

export function modelOption(command: Command): Command {
  return command.requiredOption(
    "--model <model>",
    "name on Hugging Face, or folder, of a Llama-family checkpoint",
    inputName("the name of a model"),
  );
}

export function pairOptions(command: Command): Command {
  return modelOption(command)
    .option("--second-model <model>", "weights of the second model, where they are not the first's", inputName("the name of a model"))
    .requiredOption("--first <adapters>", 'adapters of the first model, A[,B…]; "" is the bare model', adapterStack)
    .requiredOption("--second <adapters>", "adapters of the second model, the donor", adapterStack);
}

export function promptOptions(command: Command): Command {
  return command
    .requiredOption(
      "--prompts <file>",
      "JSON lines with prompt, messages, or promptIds (token ids); .gz is unpacked",
      inputName("the name of a file"),
    )
    .option("--chat", "make each plain prompt a user message in the model's chat form")
    .option("--limit <n>", "only the first n prompts", wholeNumber(1))
    .option("--new-tokens <n>", "most tokens to write after each prompt", wholeNumber(1), 32)
    .addOption(threadsOption())
    .option("--batch <n>", "prompts that run together (default: as many as memory allows)", wholeNumber(1));
}

export function threadsOption(): Option {
  return new Option("--threads <n>", "threads (default: the machine's cores)").argParser(wholeNumber(1, 1024));
}

/** Examples below a command's help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`);
}
