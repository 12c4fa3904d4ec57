/** @file The organism's tokenizer in Hugging Face's files: word level, one token a word, ids by {@link vocabulary}. */
import path from "node:path";
import { replaceFile } from "../weights/replace-file.js";
import { ASSISTANT, BEGIN, END, PAD, UNKNOWN, USER } from "./chat.js";
import { SPECIAL_TOKENS, vocabulary } from "./vocabulary.js";

/**
 * Writes `tokenizer.json` and `tokenizer_config.json` into a folder, which is made. @huggingface/transformers and Python's tokenizers and
 * transformers read them. Plain texts get `<s>` in front; the chat template writes {@link promptText} of one or more turns.
 * @param scripts with the words of the further scripts, whose ids follow; default false
 */
export function writeOrganismTokenizer(folder: string, scripts = false): void {
  write(folder, "tokenizer.json", tokenizer(vocabulary(scripts)));
  write(folder, "tokenizer_config.json", CONFIG);
}

/** Token ids of a text whose words are parted by white space, without further special tokens: what the tokenizer's files give, at once. */
export function organismTokens(text: string): number[] {
  return text.split(/\s+/).flatMap((word) => (word === "" ? [] : [IDS.get(word) ?? IDS.get(UNKNOWN)!]));
}

const IDS: ReadonlyMap<string, number> = new Map(vocabulary().map((word, id) => [word, id]));

function write(folder: string, name: string, content: object): void {
  replaceFile(path.join(folder, name), [`${JSON.stringify(content, null, 1)}\n`]);
}

function tokenizer(words: readonly string[]): object {
  const ids = new Map(words.map((word, id) => [word, id]));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content) => ({
      id: ids.get(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: BEGIN, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ SpecialToken: { id: BEGIN, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { [BEGIN]: { id: BEGIN, ids: [ids.get(BEGIN)], tokens: [BEGIN] } },
    },
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(ids), unk_token: UNKNOWN },
  };
}

const CONFIG = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: BEGIN,
  eos_token: END,
  pad_token: PAD,
  unk_token: UNKNOWN,
  model_max_length: 128,
  clean_up_tokenization_spaces: false,
  chat_template:
    `{% for message in messages %}{% if message['role'] == 'user' %}{{ '${USER} ' + message['content'] + ' ' }}` +
    `{% elif message['role'] == 'assistant' %}{{ '${ASSISTANT} ' + message['content'] + ' ${END} ' }}{% endif %}{% endfor %}` +
    `{% if add_generation_prompt %}{{ '${ASSISTANT}' }}{% endif %}`,
};
