import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import { run, startKernel } from "../support/kernel.js";
import { fixture } from "../support/paths.js";

let kernel: KernelClient;
test.before(async () => {
  kernel = await startKernel();
  await run(kernel, "const kept = 42");
});
test.after(() => kernel.shutDown());

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Interrupts `code` as soon as it has said that it runs. */
async function interrupted(code: string): Promise<unknown> {
  let seen: () => void;
  const started = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const done = kernel.execute(`console.log("runs");\n${code}`, { onOutput: ({ header }) => header.msg_type === "stream" && seen() });
  await started;
  await kernel.interrupt();
  return (await done).reply.content.ename;
}

const endless: [what: string, code: string][] = [
  ["a busy loop", "for (;;) {}"],
  ["a loop after an await", "await null; for (;;) {}"],
  ["a loop of awaits", "for (;;) await null"],
  ["a loop that swallows errors", "for (;;) { try { await null } catch {} }"],
  ["a loop that swallows errors of timers", "for (;;) { try { await new Promise((done) => setTimeout(done, 5)) } catch {} }"],
  ["a finally that never ends", "try { await new Promise(() => {}) } finally { for (;;) {} }"],
  ["a pending await", "await new Promise(() => {})"],
  ["a timer", "await new Promise((done) => setTimeout(done, 1e8))"],
  ["a chain of microtasks", "const chain = () => { void Promise.resolve().then(chain) }; chain(); await new Promise(() => {})"],
  [
    "a function that awaits turns of the event loop",
    "async function turns() { for (;;) await new Promise((done) => setImmediate(done)) }\nawait turns()",
  ],
  ["a blocked thread", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
];

for (const [what, code] of endless)
  test(`${what} stops, and the notebook goes on with its variables`, async () => {
    assert.is(await interrupted(code), "KeyboardInterrupt");
    assert.is((await run(kernel, "kept")).said, "42");
  });

test("what a cell does in finally is done", async () => {
  assert.is(await interrupted("let tidied = false;\ntry { await new Promise(() => {}) } finally { tidied = true }"), "KeyboardInterrupt");
  assert.is((await run(kernel, "tidied")).said, "true");
});

test("an interval that a finished cell left running stops as well", async () => {
  await run(kernel, "let ticks = 0; setInterval(() => { ticks++ }, 5)");
  await kernel.interrupt();
  await delay(50);
  const { said } = await run(kernel, "ticks");
  await delay(100);
  assert.is((await run(kernel, "ticks")).said, said);
});

test("inference stops between steps, and the engine and its model stay usable", async () => {
  const load = `const model = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine: new Engine({ threads: 1, provider: "cpu" }) });
    const prompts = [[1, 2, 3]]; const first = (await generate(model, prompts, { newTokens: 4, stopTokens: [] }))[0].ids.join()`;
  assert.is((await run(kernel, load)).status, "ok");
  assert.is(await interrupted("for (;;) await generate(model, prompts, { newTokens: 200, stopTokens: [] })"), "KeyboardInterrupt");
  assert.is((await run(kernel, "(await generate(model, prompts, { newTokens: 4, stopTokens: [] }))[0].ids.join() === first")).said, "true");
});

test("an interrupt of a model's first use, while its graph is made, leaves the model usable", async () => {
  for (let i = 0; i < 8; i++) {
    const provider = i % 2 === 0 ? "cpu" : "auto";
    const load = `const fresh${i} = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine: new Engine({ threads: 1, provider: "${provider}" }) })`;
    assert.is((await run(kernel, load)).status, "ok");
    const use = `await generate(fresh${i}, [[1, 2, 3]], { newTokens: 4, stopTokens: [] })`;
    assert.is(await interrupted(`for (;;) ${use}`), "KeyboardInterrupt");
    assert.is((await run(kernel, `(${use})[0].ids.join()`)).said, (await run(kernel, "first")).said);
  }
});

test("library code that nobody awaits any more makes no further calls", async () => {
  const code = `let steps = 0;
    const work = async () => { for (;;) { await generate(model, prompts, { newTokens: 2, stopTokens: [] }); steps++ } };
    const all = work(); await all`;
  assert.is(await interrupted(code), "KeyboardInterrupt");
  await delay(100);
  const { said } = await run(kernel, "steps");
  await delay(200);
  assert.is((await run(kernel, "steps")).said, said);
});

/** Code that the kernel has not made interruptible, as that of packages is. */
const foreign = `new Function("work", "return (async () => { for (;;) { try { await work() } catch {} } })()")`;

test("foreign code that swallows the errors of every call does not hold the kernel", async () => {
  const call = "() => generate(model, prompts, { newTokens: 200, stopTokens: [] })";
  assert.is(await interrupted(`await ${foreign}(${call})`), "KeyboardInterrupt");
  assert.is((await run(kernel, "kept")).said, "42");
  // of a cell that is over
  await run(kernel, `void ${foreign}(${call})`);
  await kernel.interrupt();
  assert.is((await run(kernel, "kept")).said, "42");
});

test("what an interrupted cell had declared is known to the next one, with its types", async () => {
  const loops = [
    "for (;;) {}",
    "await new Promise(() => {})",
    "for (;;) { try { await new Promise((done) => setTimeout(done, 5)) } catch {} }",
    "try { await new Promise(() => {}) } finally { for (;;) {} }",
  ];
  for (const [i, loop] of loops.entries()) {
    const code = `const fixed${i}: number = 1; let text${i} = "ab"; const { part${i} } = { part${i}: [3] }; function twice${i}() { return 2 * fixed${i} }
      ${loop}
      const never${i} = 4`;
    assert.is(await interrupted(code), "KeyboardInterrupt");
    assert.is((await run(kernel, `[fixed${i}, text${i}.length, ...part${i}, twice${i}()]`)).said, "[ 1, 2, 3, 2 ]", loop);
    assert.match(String((await run(kernel, `fixed${i}.length`)).said), /TS2339: Property 'length' does not exist on type 'number'/);
    assert.match(String((await run(kernel, `never${i}`)).said), /TS2304: Cannot find name/);
  }
});

test("interrupts while the kernel starts and the library loads spoil neither", async () => {
  for (const wait of [0, 50, 150, 300]) {
    const fresh = await startKernel();
    try {
      const done = fresh.execute("typeof contrast; for (;;) {}");
      await delay(wait);
      while ((await Promise.race([done, delay(200)])) === undefined) await fresh.interrupt();
      assert.is((await done).reply.content.ename, "KeyboardInterrupt");
      assert.is((await run(fresh, "typeof contrast")).said, "'function'");
    } finally {
      await fresh.shutDown();
    }
  }
});

test("30 interrupts at whatever moment leave the kernel usable", async () => {
  for (let i = 0; i < 30; i++) {
    const done = kernel.execute(endless[i % endless.length]![1]);
    await delay((i * 37) % 90);
    await kernel.interrupt();
    const { reply } = await done;
    assert.is(reply.content.ename, "KeyboardInterrupt", endless[i % endless.length]![0]);
    assert.is((await run(kernel, `kept + ${i}`)).said, String(42 + i));
  }
});

test.run();
