import { test } from "uvu";
import * as assert from "uvu/assert";
import { Signer } from "../../kernel/protocol/signing.js";

const parts = ["{}", "{}", "{}", '{"code":"1"}'].map((part) => Buffer.from(part));

test("a right signature is taken once: the same message again is a replay", () => {
  const signer = new Signer("key");
  const signature = Buffer.from(new Signer("key").sign(parts));
  assert.is(signer.refuse(signature, parts), undefined);
  assert.is(signer.refuse(signature, parts), "replayed");
});

test("no signature, another key's, another message's and a cut one are refused", () => {
  const signer = new Signer("key");
  assert.is(signer.refuse(Buffer.alloc(0), parts), "unsigned");
  assert.is(signer.refuse(Buffer.from(new Signer("other").sign(parts)), parts), "wrongly signed");
  const right = signer.sign(parts);
  assert.is(signer.refuse(Buffer.from(right), [...parts.slice(0, 3), Buffer.from('{"code":"2"}')]), "wrongly signed");
  assert.is(signer.refuse(Buffer.from(right.slice(0, -1)), parts), "wrongly signed");
});

test("without a key nothing is asked for", () => {
  const signer = new Signer("");
  assert.is(signer.sign(parts), "");
  assert.is(signer.refuse(Buffer.from("anything"), parts), undefined);
});

test.run();
