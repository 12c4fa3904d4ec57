import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jupyterChecks } from "../../kernel/commands.js";
import { installedLabextensions } from "../../kernel/labextension/folder.js";
import { version } from "../../src/version.js";
import { cli } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

interface Manifest {
  version: string;
  readonly name: string;
  readonly jupyterlab: { readonly _build: { readonly load: string; readonly extension: string; readonly mimeExtension: string } };
}

const read = (file: string): Manifest => JSON.parse(fs.readFileSync(file, "utf8"));

/** What `doctor` says where Jupyter looks below this folder alone. */
function checked<Result>(data: string, check: () => Result): Result {
  const before = { ...process.env };
  Object.assign(process.env, { JUPYTER_PATH: data, JUPYTER_DATA_DIR: path.join(data, "none"), VIRTUAL_ENV: "", CONDA_PREFIX: "" });
  try {
    return check();
  } finally {
    for (const name of ["JUPYTER_PATH", "JUPYTER_DATA_DIR", "VIRTUAL_ENV", "CONDA_PREFIX"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

test("install writes kernelspec and plugin; again replaces them; uninstall removes both and nothing else", async () => {
  const prefix = tempFolder();
  const data = path.join(prefix, "share", "jupyter");
  const kernelspec = path.join(data, "kernels", "neuronbook");
  const labextension = path.join(data, "labextensions", "neuronbook");
  const installed = await cli(["install", "--prefix", prefix, "--json"]);
  assert.is(installed.code, 0, installed.stderr);
  assert.equal(JSON.parse(installed.stdout), { kernelspec, labextension });
  assert.equal(fs.readdirSync(kernelspec).sort(), ["kernel.json", "logo-32x32.png", "logo-64x64.png"]);
  const manifest = read(path.join(labextension, "package.json"));
  assert.equal([manifest.name, manifest.version], ["neuronbook", version]);
  const statics = path.join(labextension, path.dirname(manifest.jupyterlab._build.load));
  for (const file of ["remote-entry.js", "extension.js", "mime-extension.js", "plotly.js", "neurons/renderer.js", "plotly/renderer.js"])
    assert.ok(fs.statSync(path.join(statics, file)).size > 100, file);
  assert.not.ok(fs.readdirSync(statics, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".d.ts")));

  // an older version's files go, a neighbour's stay
  fs.mkdirSync(path.join(labextension, "static", "0123456789abcdef"));
  const neighbour = path.join(data, "labextensions", "other");
  fs.mkdirSync(neighbour);
  assert.is((await cli(["install", "--prefix", prefix])).code, 0);
  assert.equal(fs.readdirSync(path.join(labextension, "static")), [path.basename(statics)]);

  const removed = await cli(["uninstall", "--prefix", prefix, "--json"]);
  assert.equal(JSON.parse(removed.stdout), { kernelspec, labextension });
  assert.equal([fs.existsSync(kernelspec), fs.existsSync(labextension), fs.existsSync(neighbour)], [false, false, true]);
  assert.match((await cli(["uninstall", "--prefix", prefix])).stdout, /nothing to remove/);
});

test("doctor's checks say where the plugin is, and what is wrong with it", async () => {
  const prefix = tempFolder();
  const data = path.join(prefix, "share", "jupyter");
  const plugin = () => checked(data, jupyterChecks).find(({ name }) => name === "JupyterLab plugin")!;
  assert.match(plugin().detail, /not installed/);
  await cli(["install", "--prefix", prefix]);
  const folder = path.join(data, "labextensions", "neuronbook");
  assert.equal(
    checked(data, jupyterChecks)
      .filter(({ detail }) => detail.startsWith(data))
      .map(({ name, status }) => [name, status]),
    [
      ["Jupyter kernel", "ok"],
      ["JupyterLab plugin", "ok"],
    ],
  );
  const problem = () => checked(data, installedLabextensions)[0]!.problem;
  const file = path.join(folder, "package.json");
  const manifest = read(file);
  const statics = path.join(folder, path.dirname(manifest.jupyterlab._build.load));
  fs.truncateSync(path.join(statics, "plotly.js"), 1000);
  assert.match(problem()!, /plotly\.js has 1000 bytes instead of \d+/);
  fs.rmSync(path.join(statics, "plotly.js"));
  assert.match(problem()!, /plotly\.js is gone/);
  fs.writeFileSync(file, JSON.stringify({ ...manifest, version: "0.0.1" }));
  assert.match(problem()!, new RegExp(`it is version 0\\.0\\.1, and this is neuronbook ${version}`));
  assert.equal([plugin().status, plugin().advice!.includes("neuronbook install")], ["missing", true]);
  fs.writeFileSync(file, "{");
  assert.match(problem()!, /package\.json cannot be read/);
});

test.run();
