import { test } from "uvu";
import * as assert from "uvu/assert";
import { matchesEnding, matchesWhole, modulePattern } from "../../src/weights/module-pattern.js";

const path = "model.layers.12.self_attn.q_proj";
const whole: [pattern: string, fits: boolean][] = [
  [path, true],
  ["q_proj", false],
  [".*q_proj", true],
  [".*\\.(q_proj|v_proj)", true],
  [".*\\.(?:k_proj|v_proj)$", false],
  ["^model\\.layers\\.(1|12|2)\\.self_attn\\.[qk]_proj$", true],
  ["model.layers.[0-9].self_attn.q_proj", false],
  ["model.layers.[0-9]+.self_attn.q_proj", true],
  ["model.layers.\\d+.\\w+.q_proj", true],
  [".*?(?:self_attn|mlp).*?(?:q|k|v|o)_proj.*?", true],
  ["(model|layers|\\.|1?2?|self_attn|q_proj)*", true],
  ["((m|o|d|e|l|\\.)+)+x", false],
  ["", false],
];
for (const [pattern, fits] of whole)
  test(`as Python's re.fullmatch: ${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"}`, () => {
    const parsed = modulePattern(pattern);
    assert.ok(parsed);
    assert.is(matchesWhole(parsed, path), fits);
  });

const endings: [pattern: string, fits: boolean][] = [
  ["q_proj", true],
  ["self_attn.q_proj", true],
  ["_proj", false],
  [".*_proj", true],
  ["^model.layers.12.self_attn.q_proj", true],
  ["^q_proj", false],
  ["layers.1(2|3)..*", true],
  ["layers", false],
];
for (const [pattern, fits] of endings)
  test(`as a key of rank_pattern: ${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"}`, () => {
    assert.is(matchesEnding(modulePattern(pattern)!, path), fits);
  });

test("what is beyond names and simple patterns is not parsed", () => {
  for (const text of [
    "(",
    ")",
    "a)",
    "(a",
    "[a",
    "[]",
    "[^a]",
    "a{2}",
    "(?=a)",
    "(?P<x>a)",
    "\\1",
    "\\",
    "*",
    "a**",
    "^*",
    "a b",
    "x".repeat(3000),
  ])
    assert.is(modulePattern(text), undefined, text);
  assert.is(modulePattern("a?".repeat(40)), undefined);
  assert.is(modulePattern(`${"(".repeat(30)}a${")".repeat(30)}`), undefined);
});

test("patterns that would take for ever elsewhere end at once", () => {
  const long = "model.layers.1111.self_attn.aaaa_proj";
  for (const pattern of ["(((.*)*)*)*z", "(.|.)*".repeat(15), "(1|1|11|1?)+z", `${".*".repeat(32)}z`]) {
    const parsed = modulePattern(pattern);
    assert.ok(parsed);
    assert.is(matchesWhole(parsed, long), false === pattern.endsWith("z"));
  }
});

test.run();
