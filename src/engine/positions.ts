/**
 * @file The position language: which tokens of a text a capture or an intervention means. It is resolved for each row and each step,
 * so padding never counts and the same words hold while a text grows.
 */
import { OptionError } from "../errors.js";

/**
 * With a prompt of `t` tokens and a text of `n` tokens (indices from 0):
 * - `"all"`: 0 … n-1
 * - `"prompt"`: 0 … t-1
 * - `"prompt-last"`: t-1
 * - `"predicting"`: t-1 … n-2, the positions whose output predicts the generated tokens (the paper's choice)
 * - `"generated"`: t … n-1, the generated tokens' own positions (the reference code's choice)
 * - numbers: absolute indices; negative ones count from the end of the prompt (-1 is `prompt-last`)
 */
export type Positions = "all" | "prompt" | "prompt-last" | "predicting" | "generated" | readonly number[];

export const POSITION_NAMES = ["all", "prompt", "prompt-last", "predicting", "generated"] as const;

/** @throws OptionError for anything that is not in the language */
export function checkPositions(positions: unknown, option = "positions"): Positions {
  if (typeof positions === "string" && (POSITION_NAMES as readonly string[]).includes(positions)) return positions as Positions;
  if (Array.isArray(positions) && positions.every(Number.isInteger)) return positions as number[];
  throw new OptionError(option, positions, `${POSITION_NAMES.join(", ")} or a list of whole numbers`);
}

/**
 * Does `positions` mean token `index` of a text?
 * @param promptLength tokens of the prompt
 * @param textLength tokens of the whole text; Infinity while it is still being written (its last token is never fed to the model)
 */
export function meansPosition(positions: Positions, index: number, promptLength: number, textLength = Number.POSITIVE_INFINITY): boolean {
  if (index < 0 || index >= textLength) return false;
  switch (positions) {
    case "all":
      return true;
    case "prompt":
      return index < promptLength;
    case "prompt-last":
      return index === promptLength - 1;
    case "predicting":
      return index >= promptLength - 1 && index < textLength - 1;
    case "generated":
      return index >= promptLength;
    default:
      return positions.some((p) => (p < 0 ? p + promptLength : p) === index);
  }
}

/** Whether no token after the prompt is meant, however long the text. */
export const meansPromptAlone = (positions: Positions): boolean => positions === "prompt" || positions === "prompt-last";

/** The indices that `positions` means in a finished text, ascending. */
export function resolvePositions(positions: Positions, promptLength: number, textLength: number): number[] {
  return Array.from({ length: textLength }, (_, i) => i).filter((i) => meansPosition(positions, i, promptLength, textLength));
}

/** The indices within the first `length` tokens that `positions` means in a text that is still being written, ascending. */
export function chosenPositions(positions: Positions, promptLength: number, length: number): number[] {
  return Array.from({ length }, (_, i) => i).filter((i) => meansPosition(positions, i, promptLength));
}
