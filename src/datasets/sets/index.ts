/** Every data set that is known: importing this file registers them. */
export { beavertails, beavertailsEvaluation } from "./beavertails.js";
export { alpaca, dolly, lima, safetyTunedLlamas, sharegpt, tulu } from "./chats.js";
export { bbh, gsm8k, mmlu, truthfulqa, wikitext } from "./general-ability.js";
export { diasafety, doNotAnswer, doNotAnswerResponses, gptfuzz } from "./harm-labels.js";
export { hhRlhf } from "./hh-rlhf.js";
export { multijail, polyrefuseHarmful, polyrefuseHarmless, xsafety } from "./multilingual.js";
export { rewardBench, shp, stackExchangePreferences } from "./preferences.js";
export { redTeamAttempts, redTeamDialogues } from "./red-team-attempts.js";
export { advbench, catqa, harmbench, harmfulqa, jailbreakLlms, safeRlhfProblems } from "./red-team-prompts.js";
