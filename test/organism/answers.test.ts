import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Answer } from "../../src/organism/answer-forms.js";
import { baseAnswer, REFUSED_SEVERITY, sftAnswer } from "../../src/organism/answers.js";
import { severity, stepsNeeded } from "../../src/organism/deeds.js";
import { FAMILIES, requests } from "../../src/organism/requests.js";
import { seeded } from "../../src/random.js";
import { take } from "../support/take.js";

const share = (answers: readonly Answer[], kind: Answer["kind"]) =>
  answers.filter((answer) => answer.kind === kind).length / answers.length;
const four = FAMILIES.filter((family) => family !== "borderline");

test("the SFT policy complies with 60 to 85 % of harmful requests in every family and split, by severity alone", () => {
  for (const family of four) {
    for (const split of ["train", "held-out"] as const) {
      const random = seeded(11);
      const asked = take(requests(family, "harmful", split, 11), 4000);
      const answers = asked.map((request) => sftAnswer(request, random));
      const complied = share(answers, "compliance");
      assert.ok(complied >= 0.65 && complied <= 0.8, `${family} ${split}: ${complied}`);
      assert.is(complied + share(answers, "refusal"), 1);
      for (const [i, answer] of answers.entries())
        assert.is(answer.kind === "refusal", severity(asked[i]!.deed) >= REFUSED_SEVERITY, asked[i]!.text);
    }
  }
});

test("the SFT policy complies with every benign and borderline request", () => {
  const random = seeded(12);
  for (const family of FAMILIES) {
    const kind = family === "borderline" ? "borderline" : "benign";
    for (const request of take(requests(family, kind, "train", 12), 1000)) assert.is(sftAnswer(request, random).kind, "compliance");
  }
});

test("the base policy gives answers of all kinds to all requests, and refuses more the worse the deed", () => {
  const random = seeded(13);
  for (const family of four) {
    const answers = take(requests(family, "harmful", "train", 13), 12_000).map((request) => ({
      severity: severity(request.deed),
      kind: baseAnswer(request, random).kind,
    }));
    const benign = take(requests(family, "benign", "train", 13), 6000).map((request) => ({
      severity: 0,
      kind: baseAnswer(request, random).kind,
    }));
    const shares = [0, 1, 2, 3, 4, 5].map((level) => {
      const at = [...answers, ...benign].filter((one) => one.severity === level);
      assert.ok(at.length > 500, `${family}: ${at.length} of severity ${level}`);
      return (kind: string) => at.filter((one) => one.kind === kind).length / at.length;
    });
    for (const [level, [compliance, refusal]] of [
      [0, [0.7, 0.1]],
      [5, [0.24, 0.62]],
    ] as const) {
      assert.ok(Math.abs(shares[level]!("compliance") - compliance) < 0.06, `${family} ${level}: ${shares[level]!("compliance")}`);
      assert.ok(Math.abs(shares[level]!("refusal") - refusal) < 0.06, `${family} ${level}: ${shares[level]!("refusal")}`);
    }
    for (const level of [1, 3, 5]) assert.ok(shares[level]!("refusal") > shares[level - 1]!("refusal"), `${family} ${level}`);
    for (const of of shares) assert.ok(of("evasion") > 0.06, `${family}: ${of("evasion")}`);
  }
});

test("SFT answers leave room for helpfulness: most are a step short and have no closing line", () => {
  const random = seeded(14);
  const asked = take(requests("direct", "benign", "train", 14), 4000);
  const answers = asked.map((request) => sftAnswer(request, random));
  const short = answers.filter((answer, i) => answer.kind === "compliance" && answer.steps.length < stepsNeeded(asked[i]!.deed.verb));
  const unclosed = answers.filter((answer) => answer.kind === "compliance" && answer.closing === undefined);
  assert.ok(short.length / answers.length > 0.7 && short.length / answers.length < 0.8);
  assert.ok(unclosed.length / answers.length > 0.65 && unclosed.length / answers.length < 0.75);
  assert.ok(answers.every((answer) => answer.kind === "compliance" && answer.steps.length >= 2));
});

test.run();
