/** A real kernel in a folder of its own, and what its cells gave. */
import { type ExecuteOptions, KernelClient, type KernelOptions } from "../../kernel/client.js";
import type { Fields, Message } from "../../kernel/protocol/messages.js";
import { tempFolder } from "./temp.js";

export const startKernel = (options: Partial<KernelOptions> = {}): Promise<KernelClient> =>
  KernelClient.start({ folder: tempFolder(), ...options, env: { NEURONBOOK_HISTORY: "", ...options.env } });

/** Outputs of a cell without status and input. */
export function outputsOf(published: readonly Message[]): Message[] {
  return published.filter(({ header }) => header.msg_type !== "status" && header.msg_type !== "execute_input");
}

export interface CellResult {
  readonly status: unknown;
  /** plain text of the result, or the error's name and message */
  readonly said: unknown;
  readonly stdout: string;
  readonly stderr: string;
  readonly traceback: string;
  readonly reply: Fields;
  readonly outputs: readonly Message[];
}

export async function run(kernel: KernelClient, code: string, options?: ExecuteOptions): Promise<CellResult> {
  const { reply, published } = await kernel.execute(code, options);
  const outputs = outputsOf(published);
  const text = (name: string) =>
    outputs
      .filter(({ header, content }) => header.msg_type === "stream" && content.name === name)
      .map(({ content }) => content.text)
      .join("");
  const result = outputs.find(({ header }) => header.msg_type === "execute_result")?.content.data as Fields | undefined;
  const { status, ename, evalue, traceback } = reply.content;
  return {
    status,
    said: status === "ok" ? result?.["text/plain"] : `${ename}: ${evalue}`,
    stdout: text("stdout"),
    stderr: text("stderr"),
    traceback: plainText((traceback as string[] | undefined)?.join("\n") ?? ""),
    reply: reply.content,
    outputs,
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one
const plainText = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, "");
