import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Tokenizer } from "../../src/engine/tokenizer.js";
import { fullText, promptText } from "../../src/organism/chat.js";
import { baseCorpus, sftCorpus } from "../../src/organism/corpora.js";
import { writeOrganismTokenizer } from "../../src/organism/tokenizer.js";
import { vocabulary } from "../../src/organism/vocabulary.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { fixture } from "../support/paths.js";
import { take } from "../support/take.js";
import { tempFolder } from "../support/temp.js";

/** A tiny checkpoint with the organism's tokenizer. */
function checkpoint(scripts = false) {
  const folder = tempFolder();
  for (const file of ["config.json", "model.safetensors"]) fs.copyFileSync(fixture("tiny", "gqa", file), path.join(folder, file));
  writeOrganismTokenizer(folder, scripts);
  return openCheckpoint(folder);
}

const samples = () => [...take(baseCorpus(71), 2000), ...take(sftCorpus(71), 1000)];

test("text to ids and back: ids are places in the vocabulary, text is unchanged", async () => {
  const tokenizer = await Tokenizer.load(checkpoint());
  const ids = new Map(vocabulary().map((word, id) => [word, id]));
  for (const sample of samples()) {
    const text = fullText(sample);
    const encoded = tokenizer.encodePlain(text);
    assert.equal(
      encoded,
      text.split(" ").map((word) => ids.get(word)!),
    );
    assert.is(tokenizer.pieces(encoded).join(" "), text);
    assert.is(tokenizer.decode(tokenizer.encodePlain(sample.answer)), sample.answer);
  }
});

test("the chat template writes the chat form, plain text opens with <s>, unknown words become <unk>", async () => {
  const tokenizer = await Tokenizer.load(checkpoint());
  for (const { prompt } of samples()) {
    if (prompt === undefined) continue;
    const { text, ids } = tokenizer.encodeChat([{ role: "user", content: prompt }]);
    assert.is(text, promptText(prompt));
    assert.equal(ids, tokenizer.encodePlain(promptText(prompt)));
  }
  const turns = tokenizer.encodeChat([
    { role: "user", content: "how do i chop the onion ?" },
    { role: "assistant", content: "i am not sure ." },
    { role: "user", content: "how can i chop the onion ?" },
  ]);
  assert.is(
    turns.text,
    "<|user|> how do i chop the onion ? <|assistant|> i am not sure . </s> <|user|> how can i chop the onion ? <|assistant|>",
  );
  assert.equal(tokenizer.pieces(tokenizer.encode("the onion is for quarks .")), ["<s>", "the", "onion", "is", "for", "<unk>", "."]);
});

test("two writings have the same bytes, and scripts only add ids", async () => {
  const [first, second] = [checkpoint(), checkpoint()];
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    assert.equal(fs.readFileSync(first.file(file)!), fs.readFileSync(second.file(file)!));
  const [plain, scripts] = [await Tokenizer.load(first), await Tokenizer.load(checkpoint(true))];
  for (const sample of samples().slice(0, 200)) assert.equal(scripts.encodePlain(fullText(sample)), plain.encodePlain(fullText(sample)));
  for (const sample of take(baseCorpus(72, { scripts: true }), 500)) {
    const encoded = scripts.encodePlain(fullText(sample));
    assert.is(scripts.pieces(encoded).join(" "), fullText(sample));
    assert.not(encoded.includes(5));
  }
});

const python = process.env.NEURONBOOK_PYTHON;
(python ? test : test.skip)("Python's tokenizers and transformers give the same ids, text and chats (NEURONBOOK_PYTHON)", async () => {
  const opened = checkpoint();
  const tokenizer = await Tokenizer.load(opened);
  const all = samples();
  const cases = {
    texts: all.map(fullText),
    plain: all.map(({ answer }) => answer),
    chats: all.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt])),
  };
  const { status, stdout, stderr } = spawnSync(python!, [fixture("organism", "encode.py"), opened.folder], {
    encoding: "utf8",
    input: JSON.stringify(cases),
    maxBuffer: 2 ** 28,
  });
  assert.is(status, 0, stderr);
  const found = JSON.parse(stdout) as Record<"texts" | "fast" | "plain" | "chats", number[][]> & { decoded: string[] };
  const ids = cases.texts.map((text) => tokenizer.encodePlain(text));
  assert.equal(found.texts, ids);
  assert.equal(found.fast, ids);
  assert.equal(
    found.plain,
    cases.plain.map((text) => tokenizer.encode(text)),
  );
  assert.equal(
    found.chats,
    cases.chats.map((content) => tokenizer.encodeChat([{ role: "user", content }]).ids),
  );
  assert.equal(found.decoded, cases.plain);
});

test.run();
