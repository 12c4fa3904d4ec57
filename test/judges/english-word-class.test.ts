import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EnglishWordClass, englishWordClass } from "../../src/judges/english-word-class.js";

test("tokens by what they are about, whatever their case and spaces", () => {
  const expected: Record<EnglishWordClass, readonly string[]> = {
    refusal: [" sorry", "Cannot", " illegal", "ethics", "refuse", "refused", " safety", "risky", "dangerous", "harmful", "warning"],
    harm: ["weapons", " virus", "fraud", "criminals", "explosive", "violence", "attacker"],
    common: [" the", "And", "would", " not"],
    number: ["7", " 2024"],
    punctuation: ["(", "],", " ", "\n", "=", "…"],
    other: ["harmony", "harmonic", "riskier", "robin", "killjoy", "onion", " legion", "apo", "x1", "é"],
  };
  for (const [kind, tokens] of Object.entries(expected))
    for (const token of tokens) assert.is(englishWordClass(token), kind, JSON.stringify(token));
});

test.run();
