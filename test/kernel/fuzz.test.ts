/**
 * A kernel under messages that are damaged but rightly signed, too long, or no messages at all: it answers or drops them, and lives.
 * `NEURONBOOK_FUZZ=10000 node scripts/test.mjs kernel/fuzz` is the long version.
 */
import { randomUUID } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MOST_MESSAGE_BYTES } from "../../kernel/protocol/messages.js";
import { Signer } from "../../kernel/protocol/signing.js";
import { seeded } from "../../src/random.js";
import { run, startKernel } from "../support/kernel.js";
import { Mutator } from "../support/mutate.js";

const MESSAGES = Number(process.env.NEURONBOOK_FUZZ ?? 1000);

const header = (type: string) => ({
  msg_id: randomUUID(),
  session: "fuzz",
  username: "fuzz",
  date: new Date().toISOString(),
  msg_type: type,
  version: "5.4",
});
const CONTENTS: readonly (readonly [type: string, content: object])[] = [
  [
    "execute_request",
    { code: "1 + 1", silent: false, store_history: false, user_expressions: { a: "2" }, allow_stdin: false, stop_on_error: false },
  ],
  ["complete_request", { code: "console.lo", cursor_pos: 10 }],
  ["inspect_request", { code: "console", cursor_pos: 3, detail_level: 0 }],
  ["is_complete_request", { code: "for (;;) {" }],
  ["history_request", { hist_access_type: "tail", n: 5, output: true, raw: true }],
  ["history_request", { hist_access_type: "search", pattern: "*a?b*", n: 5, unique: true }],
  ["comm_info_request", { target_name: "jupyter.widget" }],
  ["comm_open", { comm_id: "c1", target_name: "nowhere", data: { a: 1 } }],
  ["comm_msg", { comm_id: "c1", data: { a: [1, 2] } }],
  ["comm_close", { comm_id: "c1", data: {} }],
  ["connect_request", {}],
  ["input_reply", { value: "x", status: "ok" }],
];

test(`${MESSAGES} damaged messages with right signatures: each is answered or dropped, and the kernel lives`, async () => {
  const kernel = await startKernel();
  try {
    await run(kernel, "const kept = 42");
    const signer = new Signer(kernel.connection.key);
    const mutator = new Mutator(5);
    const random = seeded(3);
    const below = (limit: number) => Math.floor(random.uniform() * limit);
    for (let i = 0; i < MESSAGES; i++) {
      const [type, content] = CONTENTS[i % CONTENTS.length]!;
      const parts: Buffer[] = [header(type), {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
      // content most often, for the other parts decide less
      const at = below(3) > 0 ? 3 : below(4);
      parts[at] = mutator.json(parts[at]!);
      const frames: (string | Uint8Array)[] = ["<IDS|MSG>", signer.sign(parts), ...parts];
      if (below(10) === 0) frames.push(Buffer.alloc(below(1000)), Buffer.alloc(0));
      if (below(20) === 0) frames.splice(below(frames.length), 1);
      kernel.raw(type === "input_reply" ? "stdin" : below(5) === 0 ? "control" : "shell", frames);
      // so that the queue stays short
      if (i % 100 === 99) assert.is((await run(kernel, `kept + ${i}`)).said, String(42 + i));
    }
    assert.ok(await kernel.beats());
  } finally {
    await kernel.shutDown();
  }
});

test("messages that are too long, have too many frames or nest too deep are dropped or answered with an error", async () => {
  const kernel = await startKernel();
  try {
    await run(kernel, "let executed = 0");
    const signer = new Signer(kernel.connection.key);
    const signed = (parts: readonly (string | Buffer)[], buffers: readonly Buffer[] = []) => {
      const bytes = parts.map((part) => Buffer.from(part as string));
      return ["<IDS|MSG>", signer.sign(bytes), ...bytes, ...buffers];
    };
    const execute = (code: string) => JSON.stringify({ code, silent: false, store_history: false, stop_on_error: false });
    const long = JSON.stringify(header("execute_request"));
    kernel.raw(
      "shell",
      signed(
        [long, "{}", "{}", execute("executed++")],
        Array.from({ length: 2000 }, () => Buffer.alloc(1)),
      ),
    );
    const wide = { ...header("execute_request"), more: "x".repeat(100_000) };
    kernel.raw("shell", signed([JSON.stringify(wide), "{}", "{}", execute("executed++")]));
    const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    kernel.raw("shell", signed([JSON.stringify(header("execute_request")), deep, "{}", execute("executed++")]));
    kernel.raw("shell", signed([JSON.stringify(header("comm_open")), "{}", "{}", `{"comm_id":"d","target_name":"x","data":${deep}}`]));
    kernel.raw("shell", signed([JSON.stringify(header("execute_request")), "{}", deep, execute("executed += 10")]));
    kernel.raw("shell", signed([JSON.stringify(header("execute_request")), "{}", "{}", '{"code":"1","__proto__":{"silent":true}}']));
    assert.is((await run(kernel, "executed")).said, "10");
    const { content } = (await kernel.request("complete_request", { code: `${"🧠".repeat(500_000)};execu`, cursor_pos: 500_006 })).reply;
    assert.is(content.status, "ok");
    // ZeroMQ cuts the connection of who sends so much; the others stay
    kernel.raw("shell", signed([long, "{}", "{}", execute(`executed++ // ${"x".repeat(MOST_MESSAGE_BYTES)}`)]));
    assert.is((await kernel.request("kernel_info_request", {}, { channel: "control" })).reply.content.status, "ok");
    assert.ok(await kernel.beats());
  } finally {
    await kernel.shutDown();
  }
});

test.run();
