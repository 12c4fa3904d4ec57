import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PINNED } from "../../kernel/lab/jupyterlab.js";
import { cli } from "../support/cli.js";
import { freePort, hasJupyterLab, jupyterEnvironment, outputOf } from "../support/jupyterlab.js";
import { root } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

test("without JupyterLab and Python it says what it would do, and what is missing", async () => {
  const [programs, cache] = [tempFolder(), tempFolder()];
  const env = { PATH: programs, NEURONBOOK_PYTHON: "", XDG_CACHE_HOME: cache };
  const bare = await cli(["lab"], { env });
  assert.is(bare.code, 1);
  assert.match(bare.stderr, new RegExp(`no JupyterLab found; installing ${PINNED.replaceAll(".", "\\.")} into ${cache}`));
  assert.match(bare.stderr, /neuronbook: `python3 -m venv` failed: .*install Python 3\.9 or later/);
  const old = path.join(programs, "jupyter-lab");
  fs.writeFileSync(old, "#!/bin/sh\necho 3.6.1\n", { mode: 0o755 });
  assert.match((await cli(["lab"], { env })).stderr, /`jupyter-lab` is JupyterLab 3\.6\.1; the plugin needs 4, from 4\.2 on/);
});

test("a path that does not exist is said to be so", async () => {
  const { code, stderr } = await cli(["lab", "no-such.ipynb"]);
  assert.is(code, 1);
  assert.match(stderr, "no-such.ipynb: there is no such folder or notebook");
});

(hasJupyterLab() ? test : test.skip)("it serves kernel and plugin, writes to its cache alone, and ends at an interrupt", async () => {
  const [base, cache, notebooks] = [tempFolder(), tempFolder(), tempFolder()];
  fs.writeFileSync(path.join(notebooks, "a.ipynb"), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }));
  const { JUPYTER_PATH: _, ...jupyter } = jupyterEnvironment(base);
  const main = path.join(root, "dist", "src", "cli", "main.js");
  const child = spawn(
    process.execPath,
    [main, "lab", path.join(notebooks, "a.ipynb"), "--no-browser", "--port", String(await freePort())],
    {
      env: { ...process.env, ...jupyter, XDG_CACHE_HOME: cache },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said = outputOf(child);
  let address: RegExpExecArray | null = null;
  while (address === null) {
    assert.is(child.exitCode, null, said());
    await new Promise((resolve) => setTimeout(resolve, 100));
    address = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)\S*[?&](token=\w+)/.exec(said());
  }
  const get = async (where: string) => (await fetch(`${address![1]}${where}?${address![2]}`)).text();
  assert.ok(JSON.parse(await get("/api/kernelspecs")).kernelspecs.neuronbook);
  assert.equal(
    JSON.parse(await get("/api/contents")).content.map(({ name }: { name: string }) => name),
    ["a.ipynb"],
  );
  const load = /"load": ?"(static\/\w+\/remote-entry\.js)"/.exec(await get("/lab"))![1];
  assert.match(await get(`/lab/extensions/neuronbook/${load}`), /_JUPYTERLAB/);
  child.kill("SIGINT");
  assert.is(await ended, 130, said());
  assert.match(said(), /kernel and plugin for this start alone/);
  assert.is(fs.existsSync(path.join(base, "data", "kernels")), false);
  assert.equal(fs.readdirSync(path.join(cache, "neuronbook")).length, 1);
});

test.run();
