/** @file An (IA)^3 adapter that means nothing: what any change of the same size does to a model. */
import { createHash } from "node:crypto";
import { OptionError } from "../errors.js";
import { seeded } from "../random.js";
import type { Ia3Adapter } from "./ia3-adapter.js";
import type { Adapter } from "./peft.js";

/**
 * The same scales in random order within each layer and module: a null for whatever is said of an adapter, as far from 1 in every layer but on
 * neurons of chance.
 *
 * @throws OptionError for an adapter of another kind
 */
export function shuffledIa3(adapter: Adapter, { seed }: { readonly seed: number }): Ia3Adapter {
  if (adapter.type !== "ia3") throw new OptionError("adapter", adapter.name, "an (IA)^3 adapter");
  const random = seeded(seed);
  const scales = adapter.scales.map((scale) => ({ ...scale, values: Float32Array.from(random.shuffle([...scale.values])) }));
  const digest = createHash("sha256").update(`${adapter.digest} shuffled by ${seed}`).digest("hex");
  return { type: "ia3", name: `${adapter.name}, shuffled by ${seed}`, folder: "", digest, scales };
}
