import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../support/paths.js";

const text = fs.readFileSync(path.join(root, "docs", "findings-methods.md"), "utf8");
const lines = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| method"));
const code = lines.map((line) => /`([^`]+)` \|$/.exec(line)?.[1]);

test("every row has a line of code, and all lines type-check against the package", () => {
  assert.ok(lines.length > 20);
  assert.is(code.indexOf(undefined), -1);
  const contract = fs.readFileSync(path.join(root, "src", "index.ts"), "utf8");
  const used = [...new Set(code.join("\n").match(/(?<![.\w])[A-Za-z]\w+(?=\()/g))].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(contract),
  );
  const program = [
    `import { ${used.join(", ")}, type Benchmark, type ChangeScores, type Cost, type Estimate, type Model } from "neuronbook";`,
    "declare const [sft, dpo, judge]: Model[];",
    "declare const [prompts, answers]: string[][];",
    "declare const harmful: boolean[];",
    "declare const [costs, otherCosts]: number[][];",
    "declare const cost: Cost;",
    "declare const other: ChangeScores;",
    "declare const benchmarks: Benchmark[];",
    "declare const effect: Estimate;",
    ...code.map((line) => `${line};`),
  ];
  const file = path.join(root, "dist", "findings-methods-program.mts");
  fs.writeFileSync(file, program.join("\n"));
  const options = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", ...options, file], { cwd: root, encoding: "utf8" });
  assert.is(tsc.status, 0, tsc.stdout);
});

test("every function that it names is in the public contract", () => {
  const contract = fs.readFileSync(path.join(root, "src", "index.ts"), "utf8");
  for (const line of lines)
    for (const [, name] of line.split(" | ")[1]!.matchAll(/`([A-Z]\w+|[a-z]\w+(?=`))/g))
      assert.ok(new RegExp(`\\b${name}\\b`).test(contract) || name === "overlap" || name === "windows", name);
});

test.run();
