import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { npm, registryAnswers } from "../support/npm.js";
import { fixture, root } from "../support/paths.js";

const others = ["20", "22", "24"].filter((major) => !process.version.startsWith(`v${major}.`));
const nodes = suite("other versions of Node");
// skipped where no other Node can be installed: no registry, or a platform without a package of Node's binary
const available = ["linux", "darwin"].includes(process.platform) && ["x64", "arm64"].includes(process.arch) && registryAnswers();
const test = available ? nodes : nodes.skip;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuronbook-node-"));

nodes.after(() => fs.rmSync(folder, { recursive: true, force: true }));

for (const major of others)
  test(`Node ${major} runs the library, both kinds of import and the command`, () => {
    const home = path.join(folder, major);
    fs.mkdirSync(home);
    fs.writeFileSync(path.join(home, "package.json"), "{}");
    const name = `node-${process.platform}-${process.arch}`;
    npm(["install", "--prefer-offline", "--ignore-scripts", `${name}@${major}`], home);
    const node = path.join(home, "node_modules", name, "bin", "node");
    const run = (args: string[]) => {
      const { status, stdout, stderr } = spawnSync(node, args, { cwd: root, encoding: "utf8" });
      assert.is(status, 0, `${args.join(" ")}\n${stderr}`);
      return stdout;
    };
    assert.match(run(["--version"]), new RegExp(`^v${major}\\.`));
    const prompts = path.join(home, "prompts.jsonl");
    fs.writeFileSync(prompts, '{"promptIds": [3, 19, 23, 39, 28, 57]}\n');
    const args = ["generate", "--model", fixture("tiny", "gqa"), "--prompts", prompts, "--new-tokens", "8", "--json"];
    const here = spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], { cwd: root, encoding: "utf8" });
    assert.equal(JSON.parse(run(["dist/src/cli/main.js", ...args])).rows, JSON.parse(here.stdout).rows);
    assert.is(run(["-e", 'process.stdout.write(typeof require("./index.cjs").loadModel)']), "function");
    run(["dist/test/engine/positions.test.js"]);
  });

nodes.run();
