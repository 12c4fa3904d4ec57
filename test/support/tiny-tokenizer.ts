/** A word-level tokenizer for the tiny checkpoints: token n is the word `wn` or one that is given, token 63 opens every plain text. */
import fs from "node:fs";
import path from "node:path";

export function writeTinyTokenizer(folder: string, vocabulary = 64, given: Readonly<Record<number, string>> = {}): void {
  const first = vocabulary - 1;
  const words = Array.from({ length: vocabulary }, (_, i) => given[i] ?? (i === first ? "<s>" : `w${i}`));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ id: first, content: "<s>", single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { "<s>": { id: "<s>", ids: [first], tokens: ["<s>"] } },
    },
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(words.map((word, i) => [word, i])), unk_token: "w0" },
  };
  fs.writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<s>",
    chat_template: "{% for m in messages %}<s> {{ m.content }} {% endfor %}w1",
    clean_up_tokenization_spaces: false,
  };
  fs.writeFileSync(path.join(folder, "tokenizer_config.json"), JSON.stringify(config));
}
