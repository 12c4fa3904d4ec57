/** @file How the learning rate changes over the steps of a training. */
import { OptionError } from "../errors.js";

export type Schedule = "cosine" | "linear" | "constant";

/**
 * Factor of the learning rate at a step: rises linearly from 0 over the warm-up, then falls to 0 along half a cosine or a line. The
 * schedules of the same names in Hugging Face's transformers.
 * @param step from 0
 * @param steps of the whole training
 * @param warmUp steps
 */
export function rateFactor(schedule: Schedule, step: number, steps: number, warmUp: number): number {
  if (step < warmUp) return step / warmUp;
  const progress = (step - warmUp) / Math.max(1, steps - warmUp);
  switch (schedule) {
    case "constant":
      return 1;
    case "linear":
      return Math.max(0, 1 - progress);
    case "cosine":
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    default:
      throw new OptionError("schedule", schedule, '"cosine", "linear" or "constant"');
  }
}
