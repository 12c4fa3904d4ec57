/** @file Where a result comes from: enough to run the same call again and to tell whether it was the same. */
import { createHash } from "node:crypto";
import type { Model, ModelOrigin } from "../engine/model.js";
import { publishOrigin } from "../engine/origin-channel.js";
import type { Text } from "../engine/text.js";
import { version } from "../version.js";
import { tensorflowInUse } from "./tensorflow.js";

export interface RunOrigin {
  readonly neuronbook: string;
  readonly node: string;
  readonly models: readonly ModelOrigin[];
  /** sha256 over the token ids of every text, in order */
  readonly texts: { readonly count: number; readonly digest: string };
  readonly threads: number;
  readonly provider: string;
  readonly batch: number | "auto";
  /** the TensorFlow.js in use, where the process has used one */
  readonly tensorflow?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** @param options the call's own options; must be JSON */
export async function runOrigin(
  models: readonly Model[],
  texts: readonly Pick<Text, "ids" | "promptLength">[],
  options: Readonly<Record<string, unknown>> & { batch?: number },
): Promise<RunOrigin> {
  const hash = createHash("sha256");
  for (const { ids, promptLength } of texts) hash.update(`${promptLength}:${ids.join()};`);
  const { batch, ...rest } = options;
  const { engine } = models[0];
  const origin: RunOrigin = {
    neuronbook: version,
    node: process.version,
    models: models.map((model) => model.origin),
    texts: { count: texts.length, digest: hash.digest("hex") },
    threads: engine.threads,
    provider: await engine.resolveProvider(),
    batch: batch ?? "auto",
    ...(tensorflowInUse() !== undefined && { tensorflow: tensorflowInUse() }),
    options: rest,
  };
  publishOrigin({ run: origin });
  return origin;
}
