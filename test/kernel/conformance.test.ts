/** Jupyter's own suite for kernels, against this one; runs where NEURONBOOK_PYTHON has it. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installKernelspec } from "../../kernel/kernelspec.js";
import { root } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const python = process.env.NEURONBOOK_PYTHON;
const has = (module: string): boolean => python !== undefined && spawnSync(python, ["-c", `import ${module}`]).status === 0;
const folder = tempFolder();

function runPython(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(python!, args, {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, JUPYTER_PATH: path.join(folder, "data"), NEURONBOOK_HISTORY: path.join(folder, "history.jsonl") },
  });
  return { status, output: `${stdout}\n${stderr}` };
}

test.before(() => {
  installKernelspec(path.join(folder, "data"));
});

(has("jupyter_kernel_test") ? test : test.skip)("jupyter_kernel_test passes, none of its tests is skipped but the pager's", () => {
  const { status, output } = runPython(path.join(root, "test", "fixtures", "kernel", "conformance.py"), "-v");
  assert.is(status, 0, output);
  const skipped = output.split("\n").filter((line) => / \.\.\. skipped /.test(line));
  assert.ok(
    skipped.every((line) => line.startsWith("test_pager")),
    skipped.join("\n"),
  );
});

(has("nbclient") ? test : test.skip)("nbclient runs a notebook: a cell that may fail, then two more that run", () => {
  const source = (code: string, tags: string[] = []) => ({
    cell_type: "code",
    source: code,
    metadata: { tags },
    outputs: [],
    execution_count: null,
  });
  const cells = [source("throw new Error('wanted')", ["raises-exception"]), source("const a: number = 20"), source("a + 1")];
  const kernelspec = { name: "neuronbook", display_name: "TypeScript", language: "typescript" };
  const file = path.join(folder, "given.ipynb");
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: { kernelspec }, cells }));
  const code =
    "import nbformat, nbclient; nb = nbformat.read('given.ipynb', 4); nbclient.NotebookClient(nb).execute(); print(nb.cells[2].outputs[0]['data']['text/plain'])";
  const { status, output } = runPython("-c", code);
  assert.is(status, 0, output);
  assert.match(output, /^21$/m);
});

(has("nbconvert") ? test : test.skip)("nbconvert runs a notebook with this kernel and makes its page", () => {
  const cell = { cell_type: "code", source: "const n: number = 6; n * 7", metadata: {}, outputs: [], execution_count: null };
  const kernelspec = { name: "neuronbook", display_name: "TypeScript", language: "typescript" };
  fs.writeFileSync(
    path.join(folder, "work.ipynb"),
    JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: { kernelspec }, cells: [cell] }),
  );
  const { status, output } = runPython("-m", "nbconvert", "--execute", "--to", "html", "work.ipynb");
  assert.is(status, 0, output);
  assert.match(fs.readFileSync(path.join(folder, "work.html"), "utf8"), "<pre>42</pre>");
});

test.run();
