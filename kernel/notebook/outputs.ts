/** @file A cell's outputs from the messages that its run published, as a front end would keep them. */
import type { Fields, Message } from "../protocol/messages.js";
import type { Output } from "./format.js";
import { lines } from "./format.js";

export class Outputs {
  readonly list: Output[] = [];
  private readonly displays = new Map<string, Output[]>();
  private clearNext = false;

  /** @param displays outputs of the whole notebook by display id: updates reach earlier cells */
  constructor(displays?: Map<string, Output[]>) {
    if (displays !== undefined) this.displays = displays;
  }

  add({ header, content }: Message): void {
    switch (header.msg_type) {
      case "stream":
        this.stream(String(content.name), String(content.text));
        break;
      case "display_data":
        this.shown({ output_type: "display_data", data: bundle(content.data), metadata: content.metadata ?? {} }, content);
        break;
      case "execute_result": {
        const { execution_count, data, metadata = {} } = content;
        this.shown({ output_type: "execute_result", execution_count, data: bundle(data), metadata }, content);
        break;
      }
      case "update_display_data":
        for (const output of this.displays.get(displayId(content)) ?? []) {
          output.data = bundle(content.data);
          output.metadata = content.metadata ?? {};
        }
        break;
      case "clear_output":
        if (content.wait === true) this.clearNext = true;
        else this.list.length = 0;
        break;
      case "error":
        this.push({ output_type: "error", ename: content.ename, evalue: content.evalue, traceback: content.traceback });
    }
  }

  private stream(name: string, text: string): void {
    const last = this.clearNext ? undefined : this.list.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text = lines((last.text as string[]).join("") + text);
    else this.push({ output_type: "stream", name, text: lines(text) });
  }

  private shown(output: Output, content: Fields): void {
    this.push(output);
    const id = displayId(content);
    if (id !== "") this.displays.set(id, [...(this.displays.get(id) ?? []), output]);
  }

  private push(output: Output): void {
    if (this.clearNext) this.list.length = 0;
    this.clearNext = false;
    this.list.push(output);
  }
}

const displayId = ({ transient }: Fields): string => String((transient as { display_id?: unknown } | undefined)?.display_id ?? "");

/** Text is kept by lines, JSON types as they are. */
function bundle(data: unknown): Fields {
  return Object.fromEntries(
    Object.entries(data as Fields).map(([type, value]) => [
      type,
      typeof value === "string" && !/[/+]json$/.test(type) ? lines(value) : value,
    ]),
  );
}
