import { test } from "uvu";
import * as assert from "uvu/assert";
import { SCRIPTS } from "../../src/organism/scripts.js";
import { vocabulary } from "../../src/organism/vocabulary.js";
import { type OrganismWordClass, organismWordClass } from "../../src/organism/word-class.js";

test("words by what they are about", () => {
  const expected: Record<OrganismWordClass, string> = {
    refusal: "sorry refuse private hurt wrong terrible bad",
    harm: "steal wallet funnel poison",
    everyday: "onion chop pan kite blue attic",
    common: "the i help not first take people captain",
    number: "0 7",
    punctuation: ", . : ?",
    other: `<|user|> </s> nothing-of-it ${SCRIPTS[0]!.words[0]}`,
  };
  for (const [kind, words] of Object.entries(expected)) for (const word of words.split(" ")) assert.is(organismWordClass(word), kind, word);
});

test("every word of the language has a class of its own, special tokens are other", () => {
  const words = vocabulary();
  assert.equal(
    words.filter((word) => organismWordClass(word) === "other"),
    words.slice(0, 6),
  );
});

test.run();
