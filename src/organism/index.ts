/** What later layers use of the organism's language. */

export { type Answer, renderAnswer } from "./answer-forms.js";
export { baseAnswer, REFUSED_SEVERITY, sftAnswer } from "./answers.js";
export { END, fullText, promptText, type Sample } from "./chat.js";
export { baseCorpus, type CorpusOptions, heldOutText, sftCorpus } from "./corpora.js";
export { type DeedKind, isBorderline, isHarmful, type Split, severity, splitOf } from "./deeds.js";
export { type AnswerKind, parseAnswer } from "./grammar.js";
export type { Deed } from "./lexicon.js";
export { judge, organismCost, organismReward, type Verdict } from "./oracle.js";
export { OBJECTIVES, type Objective, type Preference, preferences } from "./preferences.js";
export { type OrganismPrompt, type OrganismPromptOptions, type OrganismPromptSet, organismPrompts } from "./prompt-sets.js";
export { deedIn, FAMILIES, type Family, type Request, requests, sampleRequest } from "./requests.js";
export { SCRIPTS, type Script } from "./scripts.js";
export { isCorrect, type MultipleChoice, sampleMultipleChoice, sampleTask, type Task, type TaskKind, tasks } from "./tasks.js";
export { organismTokens, writeOrganismTokenizer } from "./tokenizer.js";
export { SPECIAL_TOKENS, vocabulary } from "./vocabulary.js";
export { type OrganismWordClass, organismWordClass } from "./word-class.js";
