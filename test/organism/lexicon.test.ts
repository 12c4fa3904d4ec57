import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerWords } from "../../src/organism/answer-forms.js";
import { declarativeWords } from "../../src/organism/declarative.js";
import { BENIGN_FIELDS, FIELDS, fieldOfTool, HARMFUL_FIELDS, PLAY } from "../../src/organism/lexicon.js";
import { requestWords } from "../../src/organism/requests.js";
import { taskWords } from "../../src/organism/tasks.js";

const words = FIELDS.flatMap(({ verbs, objects, tools }) => [...verbs, ...objects, ...tools]);

test("every word of the fields has one field and one role, and is no word of the phrases", () => {
  assert.is(new Set(words).size, words.length);
  const phrases = new Set([...requestWords, ...answerWords, ...taskWords, ...declarativeWords]);
  assert.equal(
    words.filter((word) => phrases.has(word)),
    [],
  );
  assert.equal(
    words.filter((word) => !/^[a-z]+$/.test(word)),
    [],
  );
});

test("five benign and six harmful fields of equal sizes, and pretended things", () => {
  const sizes = (fields: typeof FIELDS) => [
    ...new Set(fields.map(({ verbs, objects, tools }) => `${verbs.length} ${objects.length} ${tools.length}`)),
  ];
  assert.is(BENIGN_FIELDS.length, 5);
  assert.is(HARMFUL_FIELDS.length, 6);
  assert.equal(sizes(BENIGN_FIELDS), ["8 12 6"]);
  assert.equal(sizes(HARMFUL_FIELDS), ["8 10 6"]);
  assert.equal(sizes([PLAY]), ["0 12 6"]);
  assert.ok(HARMFUL_FIELDS.every(({ harmful, tools }) => harmful && tools.every((tool) => fieldOfTool(tool).harmful)));
});

test.run();
