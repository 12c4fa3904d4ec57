/** @file The words of the language in the order of their token ids. */
import { answerWords } from "./answer-forms.js";
import { ASSISTANT, BEGIN, END, PAD, UNKNOWN, USER } from "./chat.js";
import { declarativeWords } from "./declarative.js";
import { FIELDS } from "./lexicon.js";
import { requestWords } from "./requests.js";
import { SCRIPTS } from "./scripts.js";
import { taskWords } from "./tasks.js";

/** Ids 0 to 5. */
export const SPECIAL_TOKENS = [PAD, BEGIN, END, USER, ASSISTANT, UNKNOWN] as const;

/**
 * Special tokens, then all words in code-point order, then the further scripts' words: a vocabulary with scripts continues the one without.
 * @param scripts with the words of the further scripts; default false
 */
export function vocabulary(scripts = false): readonly string[] {
  const words = new Set([
    ...requestWords,
    ...answerWords,
    ...taskWords,
    ...declarativeWords,
    ...FIELDS.flatMap(({ verbs, objects, tools }) => [...verbs, ...objects, ...tools]),
  ]);
  return [...SPECIAL_TOKENS, ...[...words].sort(), ...(scripts ? SCRIPTS.flatMap((script) => script.words) : [])];
}
