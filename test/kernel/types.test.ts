/** What a cell's types know: Node and the library, and nothing of a browser unless the notebook's project asks for it. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { complete } from "../../kernel/language/complete.js";
import { inspect } from "../../kernel/language/inspect.js";
import { NotebookService } from "../../kernel/language/service.js";
import { tempFolder } from "../support/temp.js";

const notebook = new NotebookService(tempFolder());

function complaints(code: string, service = notebook): string[] {
  const found = service.open(service.cells.draft(code)).getSemanticDiagnostics(service.file);
  return found.map(({ messageText }) => (typeof messageText === "string" ? messageText : messageText.messageText));
}

/** Runs nothing: keeps what the cell declares. */
function keep(id: number, code: string, names: readonly string[]): void {
  const draft = notebook.cells.draft(code);
  notebook.open(draft);
  notebook.cells.commit(id, draft, new Set(names));
}

const BROWSERS = ["document", "window", "localStorage", "navigator", "alert", "HTMLElement", "HTMLCanvasElement", "ImageData", "GPUDevice"];

test("a browser's globals are unknown, Node's are not", () => {
  for (const name of BROWSERS) assert.match(complaints(name)[0] ?? "", `Cannot find name '${name}'`);
  assert.equal(
    complaints("process.pid; Buffer.alloc(1); fetch('x'); new URL('a:b'); structuredClone(1); performance.now(); setTimeout(() => {})"),
    [],
  );
  for (const start of ["docum", "HTMLE", "GPUD"]) assert.equal(complete(notebook, start, start.length).matches, []);
});

test("tensors have their types as soon as a cell speaks of them, also those of earlier cells", () => {
  keep(1, "const found = await capture({} as Model, [[1]], { sites: 'blocks.0.mlp.hook_post', positions: 'all' })", ["found"]);
  assert.equal(complaints("const { sites } = found; sites.get('x')!.shape"), []);
  keep(2, "const one = found.sites.get('blocks.0.mlp.hook_post')!", ["one"]);
  assert.match(complaints("(await one.tensor()).shape.nosuch")[0] ?? "", "Property 'nosuch' does not exist on type 'number[]");
  assert.match(complaints("(await tensorflow()).tf.nosuch")[0] ?? "", "Property 'nosuch' does not exist");
  assert.equal(complaints("(await one.tensor()).mean().dataSync()"), []);
  // what packages for browsers and Node bring along
  for (const name of BROWSERS) assert.match(complaints(name)[0] ?? "", `Cannot find name '${name}'`);
});

test("a tsconfig that asks for a browser's types gets them", () => {
  const folder = tempFolder();
  fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { lib: ["ES2023", "DOM"] } }));
  assert.equal(complaints("document.title; window.alert('x'); const one: HTMLElement | null = null; one", new NotebookService(folder)), []);
});

test("documentation is that of the declaration: in Node, in the library, in an earlier cell, in a call", () => {
  keep(3, "/**\n * Of my own.\n *\n * @param width in metres\n */\nfunction own(width: number) { return width }", ["own"]);
  const says = (code: string) => inspect(notebook, code, code.length)?.text ?? "";
  assert.match(
    says("(5).toFixed"),
    /toFixed\(fractionDigits\?: number\): string\s+Returns a string .*\s+@param fractionDigits Number of digits/,
  );
  assert.match(says("own"), /own\(width: number\): number[\s\S]*Of my own\.\s+@param width in metres/);
  assert.match(says("own("), /Of my own\.\s+@param width in metres/);
  assert.match(says("contrast"), /Promise<ChangeScores>[\s\S]*Change scores by formula \(1\)/);
  assert.match(says("import fs from 'node:fs'; fs.readFileSync("), "Returns the contents of the `path`");
  assert.not.match(says("const bare = 1; bare"), "@");
});

test.run();
