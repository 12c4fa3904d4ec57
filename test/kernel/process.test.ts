import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Message, Session } from "../../kernel/protocol/messages.js";
import { Signer } from "../../kernel/protocol/signing.js";
import { seeded } from "../../src/random.js";
import { run, startKernel } from "../support/kernel.js";
import { fixture } from "../support/paths.js";

const executeContent = (code: string) => ({
  code,
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: false,
  stop_on_error: true,
});

test("unsigned, wrongly signed, replayed and damaged messages do nothing, and the kernel lives", async () => {
  const kernel = await startKernel();
  try {
    await run(kernel, "let executed = 0");
    const forged = (key: string) => new Session(new Signer(key), "x").encodeRequest("execute_request", executeContent("executed++")).frames;
    for (const channel of ["shell", "control", "stdin"] as const) {
      kernel.raw(channel, forged(""));
      kernel.raw(channel, forged("another key"));
      kernel.raw(channel, []);
      kernel.raw(channel, ["<IDS|MSG>"]);
      kernel.raw(channel, [Buffer.alloc(2 ** 20, 1)]);
    }
    const { frames } = kernel.wire.encodeRequest("execute_request", executeContent("executed += 100"));
    for (let i = 0; i < 3; i++) kernel.raw("shell", frames);
    const random = seeded(7);
    const below = (limit: number) => Math.floor(random.uniform() * limit);
    for (let i = 0; i < 500; i++) {
      const damaged = forged("k").map((frame) => Buffer.from(frame as string));
      damaged[below(damaged.length)] = Buffer.from(Array.from({ length: below(30) }, () => below(256)));
      kernel.raw("shell", damaged);
    }
    assert.is((await run(kernel, "executed")).said, "100");
    assert.ok(await kernel.beats());
  } finally {
    await kernel.shutDown();
  }
});

test("signed requests with contents of wrong types get an error as their reply", async () => {
  const kernel = await startKernel();
  try {
    const wrong: [string, object][] = [
      ["execute_request", { code: 5 }],
      ["execute_request", { code: "1", silent: "yes" }],
      ["complete_request", { code: "x", cursor_pos: -1 }],
      ["inspect_request", {}],
      ["history_request", { hist_access_type: "all" }],
      ["is_complete_request", { code: null }],
    ];
    for (const [type, content] of wrong) {
      const { reply } = await kernel.request(type, content as Record<string, unknown>);
      assert.equal([reply.content.status, reply.content.ename], ["error", "RequestError"], type);
    }
    kernel.raw("shell", kernel.wire.encodeRequest("unheard_of_request", {}).frames);
    assert.is((await run(kernel, "1")).said, "1");
  } finally {
    await kernel.shutDown();
  }
});

test("two kernels at once have variables of their own; one that is killed leaves the other", async () => {
  const [one, two] = await Promise.all([startKernel(), startKernel()]);
  try {
    await Promise.all([run(one!, "const who = 'one'"), run(two!, "const who = 'two'")]);
    assert.equal([(await run(one!, "who")).said, (await run(two!, "who")).said], ["'one'", "'two'"]);
    const dying = one!.execute("for (;;) {}").then(
      () => "answered",
      () => "died",
    );
    one!.process.kill("SIGKILL");
    assert.is(await dying, "died");
    assert.is((await run(two!, "who")).said, "'two'");
  } finally {
    await Promise.all([one!.shutDown(), two!.shutDown()]);
  }
});

test("a shutdown is answered and ends the process, also while a loop runs", async () => {
  const kernel = await startKernel();
  void kernel.execute("for (;;) {}").catch(() => undefined);
  const answered = kernel.request("shutdown_request", { restart: true }, { channel: "control" });
  const { reply } = await answered;
  assert.equal(reply.content, { status: "ok", restart: true });
  await kernel.exited;
  await kernel.kill();
});

test("a restart while a loop, a flood of output or a model runs ends the process, and the next kernel starts afresh", async () => {
  const model = `const model = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine: new Engine({ threads: 1, provider: "cpu" }) });`;
  const loads = [
    "console.log('runs'); for (;;) {}",
    "for (let i = 0; ; i++) console.log('runs', i)",
    `${model} console.log('runs'); for (;;) await generate(model, [[1, 2, 3]], { newTokens: 100, stopTokens: [] })`,
    "import { spawn } from 'node:child_process'; spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); console.log('runs'); await new Promise(() => {})",
  ];
  for (const load of loads) {
    const kernel = await startKernel();
    try {
      let ran: () => void;
      const runs = new Promise<void>((resolve) => {
        ran = resolve;
      });
      void kernel.execute(load, { onOutput: ({ header }) => header.msg_type === "stream" && ran() }).catch(() => undefined);
      await runs;
      const { reply } = await kernel.request("shutdown_request", { restart: true }, { channel: "control" });
      assert.equal(reply.content, { status: "ok", restart: true }, load);
      await kernel.exited;
    } finally {
      await kernel.kill();
    }
  }
  const next = await startKernel();
  try {
    assert.match(String((await run(next, "model")).said), "TS2304");
  } finally {
    await next.shutDown();
  }
});

test("two kernels compute at once, and an interrupt of one leaves the other's work alone", async () => {
  const [one, two] = await Promise.all([startKernel(), startKernel()]);
  try {
    const load = `const model = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine: new Engine({ threads: 1, provider: "cpu" }) });
      const write = async () => (await generate(model, [[1, 2, 3]], { newTokens: 20, stopTokens: [] }))[0].ids.join()`;
    await Promise.all([run(one!, load), run(two!, load)]);
    let ran: () => void;
    const runs = new Promise<void>((resolve) => {
      ran = resolve;
    });
    const onOutput = ({ header }: Message) => header.msg_type === "stream" && ran();
    const endless = one!.execute("console.log('runs'); for (;;) await write()", { onOutput });
    await runs;
    const work = run(two!, "let all = new Set<string>(); for (let i = 0; i < 20; i++) all.add(await write()); all.size");
    await one!.interrupt();
    assert.is((await endless).reply.content.ename, "KeyboardInterrupt");
    assert.is((await work).said, "1");
    assert.is((await run(one!, "await write()")).said, (await run(two!, "await write()")).said);
  } finally {
    await Promise.all([one!.shutDown(), two!.shutDown()]);
  }
});

test("completion, inspection and is_complete answer, also beside a running cell; positions are code points", async () => {
  const kernel = await startKernel();
  try {
    await run(kernel, "const wonted = { field: 1, other: 2 }");
    const busy = kernel.execute("await new Promise(() => {})");
    const complete = async (code: string) =>
      (await kernel.request("complete_request", { code, cursor_pos: [...code].length })).reply.content;
    assert.equal((await complete("wonted.f")).matches, ["field"]);
    assert.equal((await complete("won")).matches, ["wonted"]);
    assert.ok(((await complete("contr")).matches as string[]).includes("contrast"));
    const { matches, cursor_start, cursor_end } = await complete("'🧠🧠'; wonted.o");
    assert.equal([matches, cursor_start, cursor_end], [["other"], 13, 14]);
    const inspect = async (code: string) =>
      (await kernel.request("inspect_request", { code, cursor_pos: code.length, detail_level: 0 })).reply.content;
    assert.match(String(((await inspect("wonted")).data as Record<string, unknown>)["text/plain"]), "const wonted: {");
    assert.is((await inspect("   ")).found, false);
    const whole = async (code: string) => (await kernel.request("is_complete_request", { code })).reply.content.status;
    for (const [code, status] of [
      ["1 + 1", "complete"],
      ["for (;;) {", "incomplete"],
      ["`open", "incomplete"],
      ["/* open", "incomplete"],
      ["const = 3 +", "invalid"],
      ["f(", "incomplete"],
    ])
      assert.is(await whole(code!), status, code);
    await kernel.interrupt();
    assert.is((await busy).reply.content.ename, "KeyboardInterrupt");
    const { reply } = await kernel.request("kernel_info_request");
    assert.equal([reply.content.protocol_version, (reply.content.language_info as Record<string, unknown>).file_extension], ["5.4", ".ts"]);
  } finally {
    await kernel.shutDown();
  }
});

test.run();
