// Runs every compiled test file in a process of its own and closes with `N passed, N failed`.
// usage: node scripts/test.mjs [part of a path …]
// A file without a test that ran or was skipped fails (uvu passes a file whose test.run() is missing), and so does one that ran past its
// time. With CI set, a skipped test fails the run: there everything that tests need is at hand.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const limit = Number(process.env.NEURONBOOK_TEST_TIMEOUT ?? 1500) * 1000;
const wanted = process.argv.slice(2);
const base = path.join(root, "dist", "test");
const files = fs
  .readdirSync(base, { recursive: true })
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const total = { passed: 0, failed: 0, skipped: 0 };
const bad = [];
for (const file of files) {
  const started = Date.now();
  const { output, code, late } = await runFile(path.join(base, file));
  const count = (word) =>
    [...stripColours(output).matchAll(new RegExp(`^ *${word}: +(\\d+)`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);
  const [ran, passed, skipped] = ["Total", "Passed", "Skipped"].map(count);
  const failed = Math.max(ran - passed, code === 0 && ran + skipped > 0 && !late ? 0 : 1);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const why = late ? `ran past ${limit / 1000} s` : ran + skipped === 0 ? "ran no test: is test.run() missing?" : `exit code ${code}`;
  console.log(
    `${failed ? "FAIL" : "ok  "} ${file.replace(/\.js$/, ".ts")}  ${passed}/${ran}  ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (failed) {
    bad.push(`${file}: ${why}`);
    console.log(output);
  }
}
for (const line of bad) console.log(`failed: ${line}`);
if (files.length === 0) console.log(`no test file matches ${wanted.join(" ")}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
if (process.env.CI && total.skipped > 0) console.log("failed: tests were skipped, and CI is set");
process.exit(files.length > 0 && total.failed === 0 && !(process.env.CI && total.skipped > 0) ? 0 : 1);

function runFile(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--expose-gc", file], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ output, code, late });
    });
  });
}

function stripColours(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
