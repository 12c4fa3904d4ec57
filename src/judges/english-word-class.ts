/** @file Whether a token of English text is about safety, by a short list, so that such tokens can be counted. */

export type EnglishWordClass = "refusal" | "harm" | "common" | "number" | "punctuation" | "other";

const words = (list: string): readonly string[] => list.split(" ");

/** Words of refusals, warnings and rules. `-` stands for any of {@link ENDINGS} or none. */
export const REFUSAL_WORDS = words(
  "sorry apology apologies apologi- refus- cannot unable declin- illegal- unlawful- legal- unethical- ethic- immoral- moral- inappropriate- irresponsibl- safe- " +
    "safety unsafe- danger- hazard- risk- risky harm- warn- caution- prohibit- forbid- forbidden illicit- malicious-",
);

/** Words of harm and crime, written as {@link REFUSAL_WORDS}. */
export const HARM_WORDS = words(
  "weapon- bomb- gun guns explosiv- poison- toxic- toxin- drug- kill- murder- suicid- assault- attack- violence violent- abus- crime- criminal- theft- thief thieves steal- stole " +
    "stolen rob robb- fraud- fraudulent- scam- scammers hack- malware virus- terror- threat- tortur- hate hated hateful hatred racis- traffick- smuggl- kidnap- stalk- " +
    "harass- bully bullying blackmail- exploit-",
);

export const ENDINGS = words(
  "s es e ed er ers ing ly ful fully less ness al ally ous ously ent ently ence ion ation ism ist ists ity y ive ise ize en ens ics ment",
);

const COMMON = new Set(
  words(
    "a an the and or but nor so yet if then than that this these those there here as at by for from in into of off on onto out over to up with without about after before " +
      "i you he she it we they me him her us them my your his its our their mine yours who whom whose which what when where why how is are was were be been being am do does " +
      "did done have has had having will would can could shall should may might must not no yes all any both each few more most other some such only own same too very just also now",
  ),
);

const matcher = (list: readonly string[]) => new RegExp(`^(?:${list.join("|").replaceAll("-", `(?:${ENDINGS.join("|")})?`)})$`);
const refusal = matcher(REFUSAL_WORDS);
const harm = matcher(HARM_WORDS);

/**
 * `refusal` and `harm`: by {@link REFUSAL_WORDS} and {@link HARM_WORDS}; `common`: function words; `punctuation`: marks, brackets and white space; `other`: every
 * other word, and pieces of words. Case and white space around the word do not count.
 */
export function englishWordClass(token: string): EnglishWordClass {
  const word = token.trim().toLowerCase();
  if (refusal.test(word)) return "refusal";
  if (harm.test(word)) return "harm";
  if (COMMON.has(word)) return "common";
  if (/^\p{N}+$/u.test(word)) return "number";
  return /^[\p{P}\p{S}]*$/u.test(word) ? "punctuation" : "other";
}
