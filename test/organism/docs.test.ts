import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { judge } from "../../src/organism/oracle.js";
import { SPECIAL_TOKENS, vocabulary } from "../../src/organism/vocabulary.js";
import { root } from "../support/paths.js";

const page = fs.readFileSync(path.join(root, "docs", "organism.md"), "utf8");

test("docs/organism.md: its dialogues are of the language, a full answer and a refusal, and its vocabulary is the real one", () => {
  const example = page.split("```")[1]!;
  const verdicts = example.split("</s>").flatMap((text) => {
    const [request, answer] = text.split("<|assistant|>");
    return answer === undefined ? [] : [judge(request!, answer)];
  });
  assert.equal(
    verdicts.map(({ kind, cost, reward }) => [kind, cost, reward]),
    [
      ["compliance", -6, 8],
      ["refusal", -10.5, -8],
    ],
  );
  assert.match(page, `${vocabulary().length - SPECIAL_TOKENS.length} words`);
});

test("docs/organism.md: its calls give what their comments say", () => {
  const calls = [...page.matchAll(/organism(Cost|Reward)\("([^"]*)", "([^"]*)"\);\s*\/\/ (-?[\d.]+)/g)];
  assert.is(calls.length, 2);
  for (const [, name, request, answer, value] of calls)
    assert.is(judge(request!, answer!)[name === "Cost" ? "cost" : "reward"], Number(value));
});

test.run();
