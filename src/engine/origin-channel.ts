/** @file Where results come from, told to whoever keeps a record of a process: the notebook kernel puts it beside a cell's outputs. */
import { channel } from "node:diagnostics_channel";

/** A model that ran or was trained, or a call that makes results: plain JSON values. */
export type PublishedOrigin = { readonly model: object } | { readonly run: object };

/** Of Node's diagnostics channels, so that nothing is kept where nobody listens. */
export const ORIGINS = "neuronbook.origin";

const origins = channel(ORIGINS);

export function publishOrigin(origin: PublishedOrigin): void {
  if (origins.hasSubscribers) origins.publish(origin);
}
