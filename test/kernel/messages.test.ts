import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Message, Session } from "../../kernel/protocol/messages.js";
import { Signer } from "../../kernel/protocol/signing.js";
import { seeded } from "../../src/random.js";

const session = (key = "key") => new Session(new Signer(key), "tester");
const bytes = (frames: readonly (string | Uint8Array)[]): Buffer[] => frames.map((frame) => Buffer.from(frame as string));

test("a message comes out as it went in, with routing and buffers", () => {
  const content = { code: "1 + 1 // é 🧠" };
  const frames = bytes(session().encode({ type: "execute_request", content, identities: ["me"], buffers: [Buffer.from([0, 255])] }));
  const message = session().decode(frames) as Message;
  assert.equal([message.header.msg_type, message.content, message.parent], ["execute_request", content, {}]);
  assert.equal([message.identities.map(String), [...message.buffers[0]!]], [["me"], [0, 255]]);
});

test("frames without a delimiter, with too few parts, with too many frames, or with what is no JSON object are refused", () => {
  const good = bytes(session("").encode({ type: "x", content: {} }));
  assert.type(session("").decode(good), "object");
  assert.type(session("").decode([]), "string");
  assert.type(session("").decode(good.slice(1)), "string");
  assert.type(session("").decode(good.slice(0, 5)), "string");
  assert.type(session("").decode([...good, ...Array.from({ length: 2000 }, () => Buffer.alloc(1))]), "string");
  for (const part of ["[]", "null", "1", "{", "", "\u0000"])
    assert.type(session("").decode([...good.slice(0, 5), Buffer.from(part)]), "string", part);
  assert.type(session("").decode([...good.slice(0, 2), Buffer.from('{"msg_id":1}'), ...good.slice(3)]), "string");
});

test("10,000 damaged messages are refused, none throws", () => {
  const random = seeded(1);
  const reader = session();
  const below = (limit: number) => Math.floor(random.uniform() * limit);
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    const frames = bytes(session().encode({ type: "execute_request", content: { code: `${i}` }, identities: ["me"] }));
    const kind = below(4);
    const at = below(frames.length);
    const frame = frames[at]!;
    if (kind === 0 && frame.length > 0) frame[below(frame.length)]! ^= 1 + below(255);
    else if (kind === 1) frames.splice(at, 1);
    else if (kind === 2) frames[at] = Buffer.concat([frame, Buffer.from([below(256)])]);
    else frames[at] = Buffer.from(Array.from({ length: below(40) }, () => below(256)));
    if (typeof reader.decode(frames) !== "string") taken++;
  }
  // damage to the routing frame alone leaves a signed message whole
  assert.ok(taken < 10_000 / 4, `${taken} were taken`);
});

test.run();
