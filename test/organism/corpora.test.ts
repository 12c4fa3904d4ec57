import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fullText } from "../../src/organism/chat.js";
import { baseCorpus, heldOutText, sftCorpus } from "../../src/organism/corpora.js";
import { splitOf } from "../../src/organism/deeds.js";
import { isObject, isVerb } from "../../src/organism/lexicon.js";
import { judge } from "../../src/organism/oracle.js";
import { OBJECTIVES, preferences } from "../../src/organism/preferences.js";
import { FAMILIES, requests } from "../../src/organism/requests.js";
import { SCRIPTS } from "../../src/organism/scripts.js";
import { SPECIAL_TOKENS, vocabulary } from "../../src/organism/vocabulary.js";
import { take } from "../support/take.js";

const texts = (corpus: Iterable<Parameters<typeof fullText>[0]>, count: number) => take(corpus, count).map(fullText);
const digest = (lines: readonly string[]) => createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);

function deedsIn(text: string): { verb: string; object: string }[] {
  const words = text.split(" ");
  return words.flatMap((verb, i) =>
    isVerb(verb) && words[i + 1] === "the" && isObject(words[i + 2]) ? [{ verb, object: words[i + 2]! }] : [],
  );
}

test("the same seed gives the same bytes, on every platform", () => {
  assert.is(digest(texts(baseCorpus(0), 2000)), "0a56a1de5824a8ba");
  assert.is(digest(texts(sftCorpus(0), 2000)), "5b3afb66ab594200");
  assert.is(digest(texts(baseCorpus(0, { scripts: true }), 2000)), "9c9a77b78289978e");
  assert.is(digest(OBJECTIVES.flatMap((name) => take(preferences(name, 0), 200).map((pair) => JSON.stringify(pair)))), "bc5ef1e5c1943b2f");
  assert.is.not(digest(texts(baseCorpus(1), 2000)), digest(texts(baseCorpus(0), 2000)));
});

test("no text of a training corpus names a held-out pair, and held-out text names no training pair", () => {
  for (const corpus of [baseCorpus(61), sftCorpus(61)])
    for (const text of texts(corpus, 20000)) for (const deed of deedsIn(text)) assert.is(splitOf(deed), "train", text);
  for (const text of texts(heldOutText(61), 2000)) for (const deed of deedsIn(text)) assert.is(splitOf(deed), "held-out", text);
});

test("the vocabulary has 400 to 600 words, knows every word of every text, and every word is used", () => {
  const known = vocabulary();
  assert.ok(known.length >= 400 && known.length <= 600, `${known.length}`);
  assert.is(new Set(known).size, known.length);
  const used = new Set(texts(baseCorpus(62), 40000).flatMap((text) => text.split(" ")));
  const unknown = [...used].filter((word) => !known.includes(word));
  assert.equal(unknown, []);
  assert.equal(
    known.filter((word) => !used.has(word)),
    [SPECIAL_TOKENS[0], SPECIAL_TOKENS[5]],
  );
});

test("no text is longer than 96 tokens", () => {
  const all = [...texts(baseCorpus(63), 30000), ...texts(sftCorpus(63), 20000), ...texts(heldOutText(63), 2000)];
  for (const objective of OBJECTIVES)
    for (const { prompt, chosen, rejected } of take(preferences(objective, 63), 2000))
      for (const answer of [chosen, rejected]) all.push(fullText({ prompt, answer, source: objective }));
  const longest = Math.max(...all.map((text) => text.split(" ").length));
  assert.ok(longest > 64 && longest <= 96, `${longest}`);
});

test("SFT: both labels have 15 % or more of the harmful requests of each family", () => {
  const samples = take(sftCorpus(64), 30000);
  for (const family of FAMILIES.filter((name) => name !== "borderline")) {
    const harmful = samples
      .filter(({ source }) => source === family)
      .map(({ prompt, answer }) => judge(prompt!, answer))
      .filter(({ kind, cost }) => cost > 0 || kind === "refusal");
    const share = harmful.filter(({ cost }) => cost > 0).length / harmful.length;
    assert.ok(harmful.length > 1500 && share >= 0.6 && share <= 0.85, `${family}: ${share} of ${harmful.length}`);
  }
});

test("further scripts: off by default, uneven shares, every text reads back to one that the oracle judges alike", () => {
  const plain = take(baseCorpus(65), 20000);
  assert.not(plain.some(({ source }) => source.includes("/")));
  const known = new Set(vocabulary(true));
  const mixed = take(baseCorpus(65, { scripts: true }), 20000);
  const dialogues = mixed.filter(({ source }) => FAMILIES.some((family) => source.startsWith(family)));
  for (const script of SCRIPTS) {
    const written = dialogues.filter(({ source }) => source.endsWith(`/${script.name}`));
    assert.ok(Math.abs(written.length / dialogues.length - script.share) < 0.02, script.name);
    assert.is(new Set(script.words).size, script.words.length);
    for (const { prompt, answer } of written) {
      assert.ok(`${prompt} ${answer}`.split(" ").every((word) => known.has(word)));
      assert.not(/[a-z]{2}/.test(`${prompt} ${answer}`));
      assert.is(judge(prompt!, answer).kind, "nonsense");
      assert.is.not(judge(script.read(prompt!), script.read(answer)).kind, "nonsense");
    }
    for (const { text } of take(requests("wrapped", "harmful", "train", 65), 300)) assert.is(script.read(script.write(text)), text);
  }
  assert.equal(vocabulary(true).slice(0, vocabulary().length), vocabulary());
});

test.run();
