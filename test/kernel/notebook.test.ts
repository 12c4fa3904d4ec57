import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Notebook } from "../../kernel/notebook/format.js";
import { cli } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

interface Source {
  readonly code: string;
  readonly tags?: readonly string[];
}

function notebookFile(...cells: readonly (string | Source)[]): string {
  const file = path.join(tempFolder(), "work.ipynb");
  const made = cells
    .map((cell) => (typeof cell === "string" ? { code: cell } : cell))
    .map(({ code, tags }: Source) => ({
      cell_type: "code",
      source: code,
      metadata: tags === undefined ? {} : { tags },
      outputs: [],
      execution_count: null,
    }));
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: made }));
  return file;
}

const read = (file: string): Notebook => JSON.parse(fs.readFileSync(file, "utf8"));
const env = { NEURONBOOK_HISTORY: "" };

test("run fills in outputs and counts; parameters go in after their cell", async () => {
  const file = notebookFile(
    { code: "let rows = 2;\nlet name: 'a' | 'b' = 'a';\nconst half = 2;", tags: ["parameters"] },
    // the type is still that of the parameters' cell
    "const kept: 'a' | 'b' = name; console.log(kept); rows * half",
    {
      code: "throw new Error('wanted')",
      tags: ["raises-exception"],
    },
    "'still here'",
  );
  const target = path.join(tempFolder(), "out", "done.ipynb");
  const before = fs.readFileSync(file, "utf8");
  const { code, stdout, stderr } = await cli(
    ["run", file, "--set", "rows=21", "--set", "name=b", "--set", "half=4", "--output", target, "--json"],
    { env },
  );
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stdout).cells, 5);
  assert.is(fs.readFileSync(file, "utf8"), before);
  const { cells, metadata } = read(target);
  assert.equal(cells[1]!.source, ["rows = 21;\n", 'name = "b";\n', "let half = 4;"]);
  assert.equal(cells[2]!.outputs, [
    { output_type: "stream", name: "stdout", text: ["b\n"] },
    { output_type: "execute_result", execution_count: 3, data: { "text/plain": ["84"] }, metadata: {} },
  ]);
  assert.is(cells[3]!.outputs![0]!.output_type, "error");
  assert.is(cells[4]!.execution_count, 5);
  assert.is((metadata.kernelspec as { name: string }).name, "neuronbook");
});

test("a failing cell fails the run, and its outputs are kept", async () => {
  const file = notebookFile("console.log('before')", "throw new Error('broken')", "'never'");
  const { code, stdout } = await cli(["run", file], { env });
  assert.is(code, 1);
  assert.match(stdout, "cell 2 failed: Error: broken");
  const { cells } = read(file);
  assert.equal(
    cells.map(({ outputs }) => outputs!.length),
    [1, 1, 0],
  );
});

test("a cell that takes too long is interrupted and fails the run", async () => {
  const { code, stdout } = await cli(["run", notebookFile("for (;;) {}"), "--timeout", "1"], { env });
  assert.is(code, 1);
  assert.match(stdout, "took more than 1 s");
});

test("what is no notebook, an unknown parameter and a wrong --set are told", async () => {
  const text = path.join(tempFolder(), "text.ipynb");
  fs.writeFileSync(text, "hello");
  assert.match((await cli(["run", text])).stderr, "is no JSON");
  fs.writeFileSync(text, '{"nbformat": 3}');
  assert.match((await cli(["run", text])).stderr, "only 4 is read");
  assert.match((await cli(["run", `${text}.gone`])).stderr, "does not exist");
  assert.match((await cli(["run", notebookFile("1"), "--set", "x=1"])).stderr, "no cell tagged");
  const { code, stderr } = await cli(["run", text, "--set", "x"]);
  assert.is(code, 2);
  assert.match(stderr, "name=value");
});

test("install writes a kernelspec that starts this kernel, doctor's check finds it, uninstall removes it", async () => {
  const prefix = tempFolder();
  const { code, stdout } = await cli(["install", "--prefix", prefix, "--json"]);
  assert.is(code, 0);
  const folder = JSON.parse(stdout).kernelspec as string;
  assert.is(folder, path.join(prefix, "share", "jupyter", "kernels", "neuronbook"));
  const spec = JSON.parse(fs.readFileSync(path.join(folder, "kernel.json"), "utf8"));
  assert.equal([spec.interrupt_mode, spec.language, spec.argv.at(-1)], ["message", "typescript", "{connection_file}"]);
  assert.ok(fs.existsSync(spec.argv.at(-2)));
  for (const size of [32, 64]) assert.is(fs.readFileSync(path.join(folder, `logo-${size}x${size}.png`)).readUInt32BE(16), size);
  const { status } = spawnSync(process.execPath, [...spec.argv.slice(1, -1)], { encoding: "utf8" });
  assert.is(status, 2);
  assert.is((await cli(["uninstall", "--prefix", prefix])).code, 0);
  assert.not.ok(fs.existsSync(folder));
  assert.match((await cli(["uninstall", "--prefix", prefix])).stdout, "nothing to remove");
  assert.is((await cli(["install", "--user", "--prefix", prefix])).code, 2);
});

test.run();
