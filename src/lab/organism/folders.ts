/** @file Where an organism's parts lie. */
import path from "node:path";

/** A Hugging Face checkpoint. */
export const baseFolder = (folder: string): string => path.join(folder, "base");

/** A PEFT adapter, e.g. `sft-s0`. */
export const adapterFolder = (folder: string, name: string): string => path.join(folder, "adapters", name);

/** A score model: `cost` or `reward`. */
export const judgeFolder = (folder: string, kind: string): string => path.join(folder, kind);
