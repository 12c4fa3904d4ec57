import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { npm, registryAnswers } from "../support/npm.js";
import { fixture, root } from "../support/paths.js";

/** What a user would write; run as an ES module, as CommonJS and type-checked. */
const PROGRAM = `
const model = await loadModel(folder, { adapters: [adapters[0]], engine });
const donor = await model.withAdapters(adapters[1]);
const scores = await contrast(model, donor, [[3, 19, 23, 39, 28, 57]], { newTokens: 8, stopTokens: [] });
const set = scores.top(0.25);
const [row] = await generate(model, [[3, 19, 23, 39, 28, 57]], { newTokens: 8, stopTokens: [], interventions: [patch(set, donor)] });
console.log(JSON.stringify({ count: set.count, ids: row.ids }));
await engine.dispose();
`;
const NAMES = "{ contrast, Engine, generate, loadModel, patch }";
const TINY = `const folder = ${JSON.stringify(fixture("tiny", "gqa"))};
const adapters = ${JSON.stringify([fixture("tiny", "ia3-a"), fixture("tiny", "ia3-b")])};
const engine = new Engine({ threads: 1 });`;

const tarball = suite("the packed package");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-tarball-"));
const reachable = registryAnswers();
// skipped where packages cannot be installed: no registry
const test = reachable ? tarball : tarball.skip;

if (reachable)
  tarball.before(() => {
    const [{ filename }] = JSON.parse(npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root));
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "user", private: true }));
    npm(["install", "--prefer-offline", path.join(folder, filename)], folder);
  });

tarball.after(() => fs.rmSync(folder, { recursive: true, force: true }));

function run(file: string, source: string): string {
  fs.writeFileSync(path.join(folder, file), source);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
  assert.is(status, 0, stderr);
  // a library that talks on stderr pollutes its users' logs
  assert.is(stderr, "");
  return stdout;
}

test("installs one ONNX Runtime, the one that transformers.js uses", () => {
  const found = JSON.parse(npm(["ls", "onnxruntime-node", "--all", "--json"], folder));
  const versions = new Set(JSON.stringify(found).match(/"onnxruntime-node":\{"version":"[^"]+"/g));
  assert.is(versions.size, 1, [...versions].join());
  assert.is(fs.existsSync(path.join(folder, "node_modules/@huggingface/transformers/node_modules/onnxruntime-node")), false);
});

test("gives the same as an ES module and as CommonJS", () => {
  const module = run("program.mjs", `import ${NAMES} from "neuronbook";\n${TINY}\n${PROGRAM}`);
  const common = run(
    "program.cjs",
    `const ${NAMES.replace(/type /g, "")} = require("neuronbook");\n(async () => {${TINY}\n${PROGRAM}})();`,
  );
  assert.is(module, common);
  assert.is(JSON.parse(module).count, 16);
  assert.is(JSON.parse(module).ids.length, 8);
});

test("has types for both kinds of import", () => {
  fs.writeFileSync(
    path.join(folder, "program.mts"),
    `import ${NAMES} from "neuronbook";\n${TINY}\n${PROGRAM}\nconst n: number = set.count;\nvoid n;`,
  );
  fs.writeFileSync(path.join(folder, "wrong.mts"), `import { generate } from "neuronbook";\nawait generate("not a model", []);`);
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const check = (file: string, more: string[]) => {
    const types = path.join(root, "node_modules", "@types");
    const args = [
      tsc,
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--target",
      "es2022",
      "--typeRoots",
      types,
      "--types",
      "node",
      ...more,
      file,
    ];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  };
  for (const resolution of [
    ["--module", "nodenext"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ]) {
    const { status, stdout } = check("program.mts", resolution);
    assert.is(status, 0, stdout);
  }
  assert.match(
    check("wrong.mts", ["--module", "nodenext"]).stdout,
    /Argument of type 'string' is not assignable to parameter of type 'Model'/,
  );
});

test("brings a command that works", () => {
  const bin = path.join(folder, "node_modules", ".bin", "neuronbook");
  const { status, stdout } = spawnSync(bin, ["--version"], { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  assert.is(status, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+/);
});

test("brings JupyterLab's plugin whole", () => {
  const main = path.join(folder, "node_modules", "neuronbook", "dist", "src", "cli", "main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "install", "--prefix", folder, "--json"], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const { labextension } = JSON.parse(stdout);
  const { jupyterlab } = JSON.parse(fs.readFileSync(path.join(labextension, "package.json"), "utf8"));
  const statics = path.join(labextension, path.dirname(jupyterlab._build.load));
  for (const file of ["remote-entry.js", "mime-extension.js", "extension.js", "plotly.js"])
    assert.ok(fs.existsSync(path.join(statics, file)), file);
});

tarball.run();
