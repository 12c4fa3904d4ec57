/**
 * Interrupts at random moments of everything that a cell may do: while TypeScript checks it, between two awaits, inside a step of a model.
 * `NEURONBOOK_INTERRUPTS=1000 node scripts/test.mjs random-interrupts` is the long version.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import { seeded } from "../../src/random.js";
import { run, startKernel } from "../support/kernel.js";
import { fixture } from "../support/paths.js";

const INTERRUPTS = Number(process.env.NEURONBOOK_INTERRUPTS ?? 60);
const LONGEST_WAIT_MS = 200;
/** a kernel that has not answered by then hangs */
const HUNG_MS = 120_000;

const SETUP = `const kept = 42;
const engine = new Engine({ threads: 1, provider: "cpu" });
const model = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine });
const donor = await model.withAdapters(${JSON.stringify(fixture("tiny", "ia3-a"))});
const prompts = [[1, 2, 3], [4, 5, 6, 7]];
const examples = prompts.map((prompt) => ({ prompt, answer: [7, 3] }));
const write = async () => (await generate(model, prompts, { newTokens: 4, stopTokens: [] })).map(({ ids }) => ids.join()).join(" ");
const first = await write();`;

const KINDS: readonly (readonly [what: string, code: string])[] = [
  ["a busy loop", "for (;;) {}"],
  ["a loop after an await", "await null; for (;;) {}"],
  ["a loop of awaits", "for (;;) await null"],
  ["a loop of timers", "for (;;) await new Promise((done) => setTimeout(done, 3))"],
  ["a pending await", "await new Promise(() => {})"],
  ["many intervals", "for (let i = 0; i < 20; i++) setInterval(() => { JSON.stringify(prompts) }, 1); await new Promise(() => {})"],
  ["a flood of output", "for (let i = 0; ; i++) console.log(i)"],
  ["displays", "for (let i = 0; ; i++) { display({ 'text/plain': String(i) }); await null }"],
  ["generation", "for (;;) await generate(model, prompts, { newTokens: 50, stopTokens: [] })"],
  ["contrast", "for (;;) await contrast(model, donor, prompts, { newTokens: 8, stopTokens: [] })"],
  ["training", "await trainSft(model, examples, { modules: ['down_proj'], steps: 1_000_000, batch: 2 })"],
  [
    "training, with its progress shown",
    "await trainSft(model, examples, { steps: 1_000_000, batch: 2, onProgress: progress('training') })",
  ],
  [
    "a type that takes long to check",
    `type Long<N extends number, T extends 0[] = []> = T["length"] extends N ? T : Long<N, [...T, 0]>; const long: Long<900>["length"] = 900; for (;;) {}`,
  ],
];

let kernel: KernelClient;
test.before(async () => {
  kernel = await startKernel();
  assert.is((await run(kernel, SETUP)).status, "ok");
});
test.after(() => kernel.shutDown());

test(`${INTERRUPTS} interrupts at random moments: every cell ends, and the kernel, its variables and its models go on`, async () => {
  const random = seeded(11);
  const pick = (limit: number) => Math.floor(random.uniform() * limit);
  for (let i = 0; i < INTERRUPTS; i++) {
    const [what, code] = KINDS[i < KINDS.length ? i : pick(KINDS.length)]!;
    const wait = pick(LONGEST_WAIT_MS);
    const place = `interrupt ${i}, ${wait} ms into ${what}`;
    let began: () => void;
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const done = kernel.execute(code, { onOutput: ({ header }) => header.msg_type === "execute_input" && began() });
    await begun;
    await new Promise((resolve) => setTimeout(resolve, wait));
    await inTime(kernel.interrupt(), place);
    const { reply } = await inTime(done, place);
    assert.is(reply.content.ename, "KeyboardInterrupt", `${place}: ${JSON.stringify(reply.content)}`);
    assert.is((await inTime(run(kernel, `kept + ${i}`), `${place}, the cell after`)).said, String(42 + i), place);
    if (i % 10 === 9) assert.is((await inTime(run(kernel, "(await write()) === first"), `${place}, generation after`)).said, "true", place);
  }
});

async function inTime<T>(work: Promise<T>, place: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${place}`)), HUNG_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

test.run();
