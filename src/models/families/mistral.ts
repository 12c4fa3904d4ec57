import { defineFamily } from "../families.js";
import { readLlama } from "./llama.js";

/** Mistral 7B and kin. Within its sliding window attention is plain, so the window becomes the longest text allowed. */
export const mistral = defineFamily({
  modelType: "mistral",
  read: (config) => {
    const read = readLlama(config);
    if (config.has("sliding_window") && config.size("sliding_window") < read.maxPositions)
      return { ...read, maxPositions: config.size("sliding_window") };
    return read;
  },
});
