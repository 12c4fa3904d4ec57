/** @file Worker side: the one place where a session runs. */
import type * as ort from "onnxruntime-node";
import { EngineError } from "../errors.js";

/**
 * Runs a session.
 * @param wanted outputs by name; null = made anew, a tensor = written into it
 * @throws EngineError for an output that would be written over an input
 */
export async function runSession(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, ort.Tensor>>,
  wanted: Readonly<Record<string, ort.Tensor | null>>,
): Promise<Record<string, ort.Tensor>> {
  refuseAliases(feeds, wanted);
  return (await session.run(feeds, wanted)) as Record<string, ort.Tensor>;
}

/** The runtime does not notice when an output lies over an input: later nodes read what earlier ones wrote, and results are wrong. */
export function refuseAliases(feeds: Readonly<Record<string, ort.Tensor>>, wanted: Readonly<Record<string, ort.Tensor | null>>): void {
  for (const [output, tensor] of Object.entries(wanted)) {
    if (tensor === null) continue;
    for (const [input, fed] of Object.entries(feeds))
      if (overlap(fed.data as ArrayBufferView, tensor.data as ArrayBufferView))
        throw new EngineError(`output ${output} would be written over input ${input}; give it a buffer of its own, or none`);
  }
}

const overlap = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
