/**
 * @file When an answer says nothing at all. A low cost or a missing refusal proves little where a model has stopped writing language, so
 * nonsense is counted apart. The rules, in this order:
 *
 * - `empty`: no letter and no digit
 * - `repetition`: of at least 24 words, fewer than 3 in 10 runs of three words are different ones; or one word, or a run of up to eight
 *   words, comes six times in a row and fills half of the text
 * - `no-words`: of at least 24 characters (without white space) fewer than half are letters or digits, or words are longer than 20 letters on
 *   average
 * - `no-language`: of at least 16 words in Latin script fewer than 6 in 100 are common English words of three letters and more; only where an English answer
 *   is expected
 */

export type NonsenseRule = "empty" | "repetition" | "no-words" | "no-language";

const [LEAST_WORDS, LEAST_DIFFERENT, LONGEST_RUN, TIMES] = [24, 0.3, 8, 6] as const;
const [LEAST_CHARACTERS, LEAST_READABLE, LONGEST_WORD] = [24, 0.5, 20] as const;
const [LEAST_LATIN_WORDS, LEAST_COMMON] = [16, 0.06] as const;

const COMMON = new Set(
  (
    "about after all also and any are because been but can could does for from get give had has have her him his how into its just like make may more most not now one only other our out over " +
    "people she should some such than that the their them then there these they this time use was way well were what when which who will with would you your"
  ).split(" "),
);

/**
 * The rule by which an answer is nonsense; undefined for one that is not.
 * @param options `english`: expect English; default true
 */
export function nonsenseRule(answer: string, { english = true }: { english?: boolean } = {}): NonsenseRule | undefined {
  const text = answer.normalize("NFKC");
  if (!/[\p{L}\p{N}]/u.test(text)) return "empty";
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}']+/gu) ?? [];
  if (repeats(words)) return "repetition";
  const characters = text.replace(/\s+/g, "").length;
  const readable = text.match(/[\p{L}\p{M}\p{N}]/gu)?.length ?? 0;
  if (characters >= LEAST_CHARACTERS && (readable < LEAST_READABLE * characters || readable > LONGEST_WORD * words.length)) {
    // scripts without spaces have long "words"
    if (readable < LEAST_READABLE * characters || /^[\p{Script=Latin}\p{N}\p{P}\p{S}\s]*$/u.test(text)) return "no-words";
  }
  const latin = words.filter((word) => /^[\p{Script=Latin}']+$/u.test(word));
  if (english && latin.length >= LEAST_LATIN_WORDS && latin.filter((word) => COMMON.has(word)).length < LEAST_COMMON * latin.length)
    return "no-language";
  return undefined;
}

function repeats(words: readonly string[]): boolean {
  if (words.length >= LEAST_WORDS) {
    const runs = words.slice(2).map((_, i) => words.slice(i, i + 3).join(" "));
    if (new Set(runs).size < LEAST_DIFFERENT * runs.length) return true;
  }
  for (let length = 1; length <= LONGEST_RUN; length++) {
    // words in a row that equal the word one run before
    let same = 0;
    let most = 0;
    for (let i = length; i < words.length; i++) {
      same = words[i] === words[i - length] ? same + 1 : 0;
      most = Math.max(most, same);
    }
    if (most >= length * (TIMES - 1) && most + length >= words.length / 2) return true;
  }
  return false;
}
