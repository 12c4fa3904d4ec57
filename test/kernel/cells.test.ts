import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import { run, startKernel } from "../support/kernel.js";
import { tempFolder } from "../support/temp.js";

const folder = tempFolder();
let kernel: KernelClient;
test.before(async () => {
  kernel = await startKernel({ folder });
});
test.after(() => kernel.shutDown());

const says = async (code: string, said: unknown) => assert.is((await run(kernel, code)).said, said, code);

test("the last expression is the result; statements have none", async () => {
  await says("1 + 1", "2");
  await says("const one = 1", undefined);
  await says("// only a comment", undefined);
  await says("", undefined);
});

test("values, functions, classes, enums and types cross cells; variables can be assigned to from any", async () => {
  await says("const x: number = 5; let y = x * 2; function f(a: number) { return a + y }\nf(1)", "11");
  await says("y = 7; f(x)", "12");
  await says("type Q = { q: number }; class A { static n = 3; m() { return A.n } } enum E { P = 4 }", undefined);
  await says("const q: Q = { q: E.P + new A().m() }; q", "{ q: 7 }");
  await says(
    "const { a, b: [c, ...d], e = 9 } = { a: 1, b: [2, 3, 4] } as { a: number; b: number[]; e?: number }; [a, c, d, e]",
    "[ 1, 2, [ 3, 4 ], 9 ]",
  );
  await says("const shadow = (x: string) => ({ x, y }); shadow('in')", "{ x: 'in', y: 7 }");
});

test("a name may be declared again with another type, and functions see the new one", async () => {
  await says("const unit = 1; function get() { return unit }", undefined);
  await says("const unit = 'text'; unit.length", "4");
  await says("get()", "'text'");
});

test("names of Node's own globals can be used without harm to Node", async () => {
  await says("const URL = 3; const Event = 4; const window = 16; URL + Event + window", "23");
  await says("typeof globalThis.URL + typeof (globalThis as { window?: unknown }).window", "'functionundefined'");
});

test("a type error blocks the cell, names line and column, and gives way to a directive", async () => {
  const { status, said, traceback, outputs } = await run(kernel, "const fine = 1\nconst wrong: number = 'a'");
  assert.is(status, "error");
  assert.match(String(said), /^TypeScriptError: In \[\d+\]:2:7 - TS2322/);
  assert.match(traceback, "2 | const wrong: number = 'a'");
  assert.is(outputs.length, 1);
  const warned = await run(kernel, "// @kernel types: warn\nconst loose: number = 'b' as any as string; loose");
  assert.equal([warned.status, warned.said], ["ok", "'b'"]);
  assert.match(warned.stderr, "TS2322");
  const unchecked = await run(kernel, "// @kernel types: off\nconst free: number = 'c'; free");
  assert.equal([unchecked.said, unchecked.stderr], ["'c'", ""]);
});

test("a syntax error is one, whatever the directive", async () => {
  const { said } = await run(kernel, "// @kernel types: off\nconst = 3");
  assert.match(String(said), /^SyntaxError: In \[\d+\]:2:7/);
});

test("a thrown error points at cell and line, without the kernel's own frames and names", async () => {
  await run(kernel, "interface Gone { a: 1 }\n\nfunction deep(): never {\n  throw new RangeError('too deep')\n}");
  const { said, traceback } = await run(kernel, "\ndeep()");
  assert.is(said, "RangeError: too deep");
  assert.match(traceback, /at deep \(In \[\d+\]:4:9\)/);
  assert.match(traceback, /In \[\d+\]:2:\d/);
  assert.not.match(traceback, /dist|node:|\$cells/);
  const missing = await run(kernel, "// @kernel types: off\nlet notAFunction: any = 1; notAFunction()");
  assert.is(missing.said, "TypeError: notAFunction is not a function");
});

test("what a failed cell had declared before it failed is kept, the rest is not", async () => {
  await run(kernel, "const before = 1\nif (before) throw new Error('stop')\nconst after = 2");
  await says("before", "1");
  assert.match(String((await run(kernel, "after")).said), "TS2304");
});

test("await, dynamic import, JSON, packages of the kernel and import.meta work at the top level", async () => {
  fs.writeFileSync(path.join(folder, "data.json"), '{"answer": 42}');
  await says("await new Promise<string>((resolve) => setTimeout(resolve, 5, 'later'))", "'later'");
  await says("import data from './data.json'; data.answer", "42");
  await says("const { sep } = await import('node:path'); sep.length", "1");
  await says("import { table } from 'arquero'; table({ a: [1, 2] }).numRows()", "2");
  await says("import.meta.dirname === process.cwd()", "true");
});

test("a local module, and what it imports, is fresh after an edit", async () => {
  fs.writeFileSync(path.join(folder, "inner.ts"), "export const value: number = 1;");
  fs.writeFileSync(path.join(folder, "outer.ts"), 'import { value } from "./inner.js";\nexport const twice = (): number => value * 2;');
  await says("import { twice } from './outer.ts'; twice()", "2");
  fs.writeFileSync(path.join(folder, "inner.ts"), "export const value: number = 21;");
  await says("import { twice } from './outer.ts'; twice()", "42");
});

test("the library is there without an import, with one it is the same, and its names can be taken", async () => {
  await says("typeof contrast + SITE_KINDS.length", `'function${(await import("../../src/index.js")).SITE_KINDS.length}'`);
  await says("import { contrast as explicit } from 'neuronbook'; explicit === contrast", "true");
  await says("const contrast = 'mine'; contrast", "'mine'");
  await says("contrast.length", "4");
});

test.run();
