import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { splitOf } from "../../src/organism/deeds.js";
import { deedIn, FAMILIES, requests } from "../../src/organism/requests.js";
import { take } from "../support/take.js";

test("the deed of every request is read back from its text, also in chat form", () => {
  for (const family of FAMILIES) {
    for (const kind of family === "borderline" ? (["borderline"] as const) : (["harmful", "benign"] as const)) {
      for (const split of ["train", "held-out"] as const) {
        for (const request of take(requests(family, kind, split, 5), 1000)) {
          assert.equal(deedIn(request.text), request.deed, request.text);
          assert.equal(deedIn(`<|user|> ${request.text} <|assistant|>`), request.deed);
          assert.is(request.harmful, kind === "harmful");
          assert.is(splitOf(request.deed), split);
          assert.ok(/ [.?]$/.test(request.text) && !/[A-Z@]/.test(request.text), request.text);
        }
      }
    }
  }
  assert.is(deedIn("what is 3 plus 4 ?"), undefined);
  assert.is(deedIn(""), undefined);
});

test("one seed gives one stream; another seed, family or split gives another", () => {
  const text = (...args: Parameters<typeof requests>) =>
    take(requests(...args), 50)
      .map(({ text }) => text)
      .join("\n");
  const first = text("direct", "harmful", "train", 1);
  assert.is(text("direct", "harmful", "train", 1), first);
  assert.is.not(text("direct", "harmful", "train", 2), first);
  const deeds = (family: "direct" | "imperative") => take(requests(family, "harmful", "train", 1), 50).map(({ deed }) => deed);
  assert.is.not(JSON.stringify(deeds("direct")), JSON.stringify(deeds("imperative")));
  for (const seed of [-1, 0.5, 2 ** 32])
    assert.throws(
      () => text("direct", "harmful", "train", seed),
      (e: Error) => e instanceof OptionError,
    );
});

test.run();
