/**
 * @file Two further languages with invented words in letters of their own, for methods that compare languages. Word order and grammar are
 * shared, and so is the rule of what is refused; only the share of training texts differs.
 */
import { answerWords } from "./answer-forms.js";
import { FIELDS } from "./lexicon.js";
import { requestWords } from "./requests.js";

/** Words of requests and answers, which the further scripts write their own way. */
const WORDS: readonly string[] = [
  ...new Set([...requestWords, ...answerWords, ...FIELDS.flatMap(({ verbs, objects, tools }) => [...verbs, ...objects, ...tools])]),
]
  .filter((word) => /^[a-z]/.test(word))
  .sort();

/** A way of writing requests and answers, word for word. */
export class Script {
  readonly #written: ReadonlyMap<string, string>;
  readonly #read: ReadonlyMap<string, string>;

  /** @param share of the corpus's dialogues */
  constructor(
    readonly name: string,
    readonly share: number,
    consonants: string,
    vowels: string,
  ) {
    const syllables = [...consonants].flatMap((consonant) => [...vowels].map((vowel) => consonant + vowel));
    // 37 is prime to the number of words made of two syllables, so that neighbours in the alphabet look nothing alike
    const word = (i: number) => {
      const mixed = (i * 37 + 11) % syllables.length ** 2;
      return syllables[Math.floor(mixed / syllables.length)]! + syllables[mixed % syllables.length]!;
    };
    this.#written = new Map(WORDS.map((plain, i) => [plain, word(i)]));
    this.#read = new Map([...this.#written].map(([plain, own]) => [own, plain]));
  }

  /** A request or answer in this script; words that it does not have (signs, numbers) stay. */
  write(text: string): string {
    return translate(text, this.#written);
  }

  /** A text of this script in the plain one, for the grammar and the oracle. */
  read(text: string): string {
    return translate(text, this.#read);
  }

  get words(): readonly string[] {
    return [...this.#written.values()];
  }
}

function translate(text: string, words: ReadonlyMap<string, string>): string {
  return text
    .split(" ")
    .map((word) => words.get(word) ?? word)
    .join(" ");
}

export const SCRIPTS: readonly Script[] = [
  new Script("dotted", 0.15, "bdfgklmnprstvz", "äëïöü"),
  new Script("hatted", 0.05, "bdfgklmnprstvz", "âêîôû"),
];
