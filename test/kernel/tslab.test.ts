/** tslab with the library preloaded: the same notebook gives the same in both kernels. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import { TSLAB } from "../../kernel/launch.js";
import type { Notebook, Output } from "../../kernel/notebook/format.js";
import { cli } from "../support/cli.js";
import { run, startKernel } from "../support/kernel.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const folder = tempFolder();
let kernel: KernelClient;
test.before(async () => {
  kernel = await startKernel({ folder, kernel: TSLAB });
});
test.after(() => kernel.shutDown());

/** After an error tslab refuses whatever comes in the next 200 ms. */
async function ready(): Promise<void> {
  while ((await run(kernel, "")).status !== "ok") await new Promise((resolve) => setTimeout(resolve, 50));
}

const WORK = [
  "let share = 0.1;",
  `const engine = new Engine({ threads: 1 });
const model = await loadModel(${JSON.stringify(fixture("tiny", "gqa"))}, { engine });
const donor = await model.withAdapters(${JSON.stringify(fixture("tiny", "ia3-a"))});`,
  "const scores = await contrast(model, donor, [[3, 19, 23, 39, 28, 57]], { newTokens: 8, stopTokens: [] });\nconst set = scores.top(share);\nset.table()",
  "import type { Generation } from 'neuronbook';\nconst texts: Generation[] = await generate(model, [[3, 19]], { newTokens: 4, stopTokens: [], interventions: [patch(set, donor)] });\ntexts[0].ids.join()",
  "figure.layers(set)",
  "await engine.dispose()",
];

function notebookFile(): string {
  const file = path.join(tempFolder(), "work.ipynb");
  const cells = WORK.map((source, i) => ({
    cell_type: "code",
    source,
    metadata: i === 0 ? { tags: ["parameters"] } : {},
    outputs: [],
    execution_count: null,
  }));
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells }));
  return file;
}

/** What a cell showed, whether by result, display or print. */
const shown = (outputs: readonly Output[]): unknown[] =>
  outputs.map(({ data, text }) => {
    const { "text/html": html, "text/plain": plain, ...rest } = (data ?? { "text/plain": text }) as Record<string, unknown>;
    return [html ?? String(plain).replaceAll(/^'|'$|\n$/g, ""), rest["application/vnd.plotly.v1+json"]];
  });

test("a notebook gives the same tables, figures and texts in both kernels", async () => {
  const file = notebookFile();
  const outputs = [];
  for (const options of [[], ["--tslab"]]) {
    const { code, stdout, stderr } = await cli(["run", file, "--set", "share=0.25", ...options]);
    assert.is(code, 0, `${stdout}\n${stderr}`);
    const { cells, metadata } = JSON.parse(fs.readFileSync(file, "utf8")) as Notebook;
    assert.is((metadata.kernelspec as { name: string }).name, options.length > 0 ? "neuronbook-tslab" : "neuronbook");
    outputs.push(cells.map(({ outputs }) => shown(outputs ?? [])));
  }
  assert.equal(outputs[1], outputs[0]);
  assert.match(JSON.stringify(outputs[0]), "<table>");
});

test("helpers are there without an import and with one, in a folder where nothing is installed", async () => {
  assert.is((await run(kernel, "typeof contrast + typeof figure.layers")).stdout, "functionfunction\n");
  assert.is((await run(kernel, "import { contrast as explicit } from 'neuronbook'; explicit === contrast")).stdout, "true\n");
  assert.is((await run(kernel, "const contrast = 'mine'; contrast")).stdout, "mine\n");
});

test("an error and what does not compile end a cell, and the reply says why", async () => {
  const thrown = await run(kernel, "throw new RangeError('too deep')");
  assert.equal([thrown.status, thrown.said], ["error", "RangeError: too deep"]);
  assert.match(thrown.traceback, "RangeError: too deep");
  await ready();
  const mistyped = await run(kernel, "const wrong: number = 'a'");
  assert.match(String(mistyped.said), /^TypeScriptError: 1:7 - Type 'string' is not assignable/);
  await ready();
  assert.is((await run(kernel, "1 + 1")).stdout, "2\n");
});

test("a module of the notebook's folder is found as soon as it is there, and files made around the notebook do no harm", async () => {
  const code = "import { twice } from './own'; twice(21)";
  assert.match(String((await run(kernel, code)).said), "Cannot find module");
  await ready();
  fs.writeFileSync(path.join(folder, "own.ts"), "export const twice = (x: number): number => 2 * x;");
  fs.mkdirSync(path.join(folder, "node_modules"));
  tempFolder();
  // TypeScript looks again a quarter of a second after it heard of the file
  for (let tries = 0; (await run(kernel, code)).stdout !== "42\n"; tries++) {
    assert.ok(tries < 100, "./own is not found");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test("an interrupt ends a pending await, and the notebook goes on", async () => {
  await ready();
  // in the first turn of a cell tslab may lose the signal
  let started: () => void;
  const runs = new Promise<void>((resolve) => {
    started = resolve;
  });
  const done = kernel.execute("setTimeout(() => console.log('runs'), 20); await new Promise(() => {})", {
    onOutput: ({ header }) => header.msg_type === "stream" && started(),
  });
  await Promise.race([runs, done]);
  await kernel.interrupt();
  assert.is((await done).reply.content.status, "error");
  await ready();
  assert.is((await run(kernel, "2 + 2")).stdout, "4\n");
});

test("install --tslab registers it beside the other kernel, uninstall removes both", async () => {
  const prefix = tempFolder();
  const { code, stdout } = await cli(["install", "--tslab", "--prefix", prefix, "--json"]);
  assert.is(code, 0);
  const { tslab } = JSON.parse(stdout);
  assert.is(tslab, path.join(prefix, "share", "jupyter", "kernels", "neuronbook-tslab"));
  const { argv, interrupt_mode, language } = JSON.parse(fs.readFileSync(path.join(tslab, "kernel.json"), "utf8"));
  assert.equal([interrupt_mode, language, argv.at(-1)], ["signal", "typescript", "{connection_file}"]);
  const { status, stderr } = spawnSync(process.execPath, argv.slice(1, -1), { encoding: "utf8" });
  assert.is(status, 2);
  assert.match(stderr, "install --tslab");
  assert.match((await cli(["uninstall", "--prefix", prefix])).stdout, tslab);
  assert.equal(fs.readdirSync(path.join(prefix, "share", "jupyter", "kernels")), []);
});

test.run();
