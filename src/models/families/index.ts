/** Every family that is known: importing this file registers them. */
export { llama } from "./llama.js";
export { mistral } from "./mistral.js";
