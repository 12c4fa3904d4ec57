import { test } from "uvu";
import * as assert from "uvu/assert";
import { guessChance } from "../../src/judges/guessing.js";

test("a guess among lettered answers, listed ones, or one of two", () => {
  assert.is(guessChance("Which is it?\nOptions:\n(A) a cat\n(B) a dog (A)\n(C) a bird", "(B)"), 1 / 3);
  assert.is(guessChance("Does it follow?\nOptions:\n- valid\n- invalid \n", "invalid"), 1 / 2);
  assert.is(guessChance("What remains?\nOptions:\n- one\n- two\n- three", "two"), 1 / 3);
  assert.is(guessChance("not ( True ) is", "False"), 1 / 2);
  assert.is(guessChance("Is it plausible?", "yes"), 1 / 2);
});

test("what has to be found cannot be guessed", () => {
  assert.is(guessChance("How many animals do I have?", "8"), 0);
  assert.is(guessChance("Options:\n- one\n- two", "three"), 0);
  assert.is(guessChance("a question without letters", "(B)"), 0);
});

test.run();
