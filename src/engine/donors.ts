/** @file Who gives values to a patch, and whether it can stand beside the recipient. */
import { OptionError } from "../errors.js";
import { type SiteKind, siteShape } from "../models/sites.js";
import type { PatchSource } from "./interventions.js";
import type { Model } from "./model.js";
import { type EncodedPrompt, encodePrompts } from "./prompts.js";

/** A model on the recipient's weights: a lane of the same batch. */
export interface Donor {
  readonly model: Model;
  /** undefined = it reads the recipient's text */
  readonly prompts?: readonly EncodedPrompt[];
}

/** @param count number of texts of the call */
export async function donorOf(
  model: Model,
  source: Exclude<PatchSource, { type: "saved" }>,
  count: number,
  chat: boolean | undefined,
): Promise<Donor> {
  if (source.type === "model") return { model: source.model };
  const donor = source.model ?? model;
  if (!donor.sharesWeightsWith(model))
    throw new OptionError("from.model", donor.name, `a model on the weights of ${model.name} when the source is another prompt`);
  if (source.prompts.length !== 1 && source.prompts.length !== count)
    throw new OptionError("from.prompts", `${source.prompts.length} prompts`, `one, or one for each of the ${count} prompts`);
  return { model: donor, prompts: await encodePrompts(donor, source.prompts, chat) };
}

/** @throws OptionError when a donor with other weights cannot stand beside the recipient */
export function checkForeign(donor: Model, recipient: Model): void {
  if (donor.engine !== recipient.engine) throw new OptionError("from", donor.name, "a donor opened with the recipient's engine");
  const [a, b] = [donor.config, recipient.config];
  if (a.layers !== b.layers || a.neurons !== b.neurons || a.hidden !== b.hidden || a.vocabulary !== b.vocabulary)
    throw new OptionError(
      "from",
      `${donor.name} (${a.layers} x ${a.neurons})`,
      `a model of the recipient's shape (${b.layers} x ${b.neurons})`,
    );
}

/** Heads may differ where layers and neurons agree. */
export function checkSameSite(kind: SiteKind, donor: Model, recipient: Model): void {
  const [got, expected] = [donor, recipient].map(({ config }) => siteShape(kind, config).sizes.join(" x "));
  if (got !== expected) throw new OptionError("from", `${donor.name} (${kind}: ${got})`, `a model of the recipient's shape (${expected})`);
}

/** There is one lock step in a call, so one donor with other weights. */
export function sameForeign(known: Model | undefined, donor: Model, recipient: Model): Model {
  if (known && known !== donor)
    throw new OptionError("interventions", donor.name, `one donor with other weights in a call; ${known.name} is one already`);
  checkForeign(donor, recipient);
  return donor;
}
