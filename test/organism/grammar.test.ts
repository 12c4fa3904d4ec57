import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Answer, renderAnswer } from "../../src/organism/answer-forms.js";
import { baseAnswer, comply, FULL, sftAnswer } from "../../src/organism/answers.js";
import { parseAnswer } from "../../src/organism/grammar.js";
import { FAMILIES, requests } from "../../src/organism/requests.js";
import { vocabulary } from "../../src/organism/vocabulary.js";
import { seeded } from "../../src/random.js";
import { take } from "../support/take.js";

function samples(count: number, seed: number): Answer[] {
  const random = seeded(seed);
  return FAMILIES.flatMap((family) =>
    (family === "borderline" ? (["borderline"] as const) : (["harmful", "benign"] as const)).flatMap((kind) =>
      take(requests(family, kind, "train", seed), count).flatMap((request) => [baseAnswer(request, random), sftAnswer(request, random)]),
    ),
  );
}

test("every answer parses to what it was made as", () => {
  for (const answer of samples(1000, 21)) assert.equal(parseAnswer(renderAnswer(answer)), answer);
});

test("an answer with a word more, less, replaced or moved is nonsense, or exactly what it now says", () => {
  const random = seeded(22);
  const words = vocabulary();
  const answers = samples(200, 22);
  let nonsense = 0;
  let mutated = 0;
  for (const answer of answers) {
    for (let way = 0; way < 4; way++) {
      const text = renderAnswer(answer).split(" ");
      const at = random.integer(text.length);
      const word = words[random.integer(words.length)]!;
      if (way === 0) text.splice(at, 1);
      else if (way === 1) text.splice(at, 0, word);
      else if (way === 2) text[at] = word;
      else [text[at], text[(at + 1) % text.length]] = [text[(at + 1) % text.length]!, text[at]!];
      const changed = text.join(" ");
      if (changed === renderAnswer(answer)) continue;
      mutated++;
      const parsed = parseAnswer(changed);
      if (parsed === undefined) nonsense++;
      else assert.is(renderAnswer(parsed), changed);
    }
  }
  assert.ok(nonsense / mutated > 0.97, `${nonsense} of ${mutated}`);
});

test("cut answers, empty ones, repetition and hostile lengths are nonsense", () => {
  const full = renderAnswer(comply({ verb: "chop", object: "onion" }, FULL, seeded(1)));
  const words = full.split(" ");
  const whole = words.map((_, end) => words.slice(0, end).join(" ")).filter((text) => parseAnswer(text) !== undefined);
  for (const text of whole) assert.ok(/ \.$/.test(text) && text.includes("first"), text);
  assert.ok(whole.length <= 5);
  for (const text of [
    "",
    " ",
    `${full} ${full}`,
    full.replaceAll("first", "second"),
    "sure",
    "i am not sure . i am not sure .",
    "the ".repeat(5000),
  ])
    assert.is(parseAnswer(text), undefined, text.slice(0, 60));
  assert.equal(parseAnswer(`  ${full.replaceAll(" ", "\n")} `), parseAnswer(full));
});

test.run();
