import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hubCacheDir } from "../src/weights/hub.js";
import { root } from "./support/paths.js";

const readme = suite("README");
const text = fs.readFileSync(path.join(root, "README.md"), "utf8");
const [, program] = /```ts\n([\s\S]*?)```/.exec(text)!;

readme("names only files that are there", () => {
  for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) assert.ok(fs.existsSync(path.join(root, link)), link);
  for (const [, picture] of text.matchAll(/<img src="([^"]+)"/g)) assert.ok(fs.existsSync(path.join(root, picture)), picture);
  const pains = fs.readFileSync(path.join(root, "docs/pains.md"), "utf8");
  for (const [, file] of pains.matchAll(/`(test\/[^`]+)`/g)) assert.ok(fs.existsSync(path.join(root, file)), file);
});

readme("has the verdicts of docs/reproduction.md", () => {
  const rows = fs.readFileSync(path.join(root, "docs/reproduction.md"), "utf8").match(/^\| \[E\d+\]\(#e\d+\) .*$/gm)!;
  assert.is(rows.length, 19);
  for (const row of rows) assert.ok(text.includes(row.replace("](#", "](docs/reproduction.md#")), row);
});

// needs SmolLM2-135M-Instruct in HF_HOME
(fs.existsSync(path.join(hubCacheDir(), "models--HuggingFaceTB--SmolLM2-135M-Instruct")) ? readme : readme.skip)(
  "its program type-checks and runs",
  () => {
    const file = path.join(root, "dist", "readme-program.mts");
    fs.writeFileSync(file, program);
    const options = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "node"];
    const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", ...options, file], { cwd: root, encoding: "utf8" });
    assert.is(tsc.status, 0, tsc.stdout);
    const run = spawnSync(process.execPath, [file.replace(/\.mts$/, ".mjs")], { cwd: root, encoding: "utf8" });
    assert.is(run.status, 0, run.stderr);
    assert.match(run.stdout, /The patched neurons explain/);
  },
);

readme.run();
