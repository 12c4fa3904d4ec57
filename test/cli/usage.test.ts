import { test } from "uvu";
import * as assert from "uvu/assert";
import { version } from "../../src/version.js";
import { cli, jsonLines, tiny } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

const commands = [
  "doctor",
  "inspect",
  "generate",
  "find",
  "patch",
  "start",
  "lab",
  "run",
  "export",
  "bundle",
  "verify",
  "install",
  "uninstall",
];
const prompts = jsonLines([{ promptIds: [1, 2, 3] }]);
const pair = ["--model", tiny("gqa"), "--first", tiny("ia3-a"), "--second", tiny("ia3-a", "ia3-b"), "--prompts", prompts];

test("--help lists the commands and the exit codes", async () => {
  const { code, stdout, stderr } = await cli(["--help"]);
  assert.equal([code, stderr], [0, ""]);
  for (const command of commands) assert.match(stdout, new RegExp(`^  ${command} `, "m"));
  assert.match(stdout, "0 good, 1 failed, 2 wrong usage, 130 interrupted");
  assert.equal(await cli(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

const optionsOf: Record<string, string[]> = {
  generate: ["--model", "--adapter", "--prompts", "--chat", "--limit", "--new-tokens", "--temperature", "--top-k", "--top-p", "--seed"],
  find: ["--second-model", "--first", "--second", "--positions", "--exclude-last-layers", "--score", "--top", "--scores", "--neurons"],
  patch: ["--second-model", "--first", "--second", "--neurons", "--prompts", "--chat", "--limit", "--new-tokens", "--control", "--seed"],
  inspect: ["--adapter"],
  run: ["--set", "--timeout", "--output", "--tslab"],
  export: ["--output"],
  bundle: ["--output"],
  verify: ["--tolerance", "--folder"],
  start: ["--set", "--output"],
  install: ["--tslab", "--user", "--sys-prefix", "--prefix"],
  lab: ["--port", "--no-browser"],
};

for (const command of commands)
  test(`${command} --help shows its options and an example`, async () => {
    const { code, stdout, stderr } = await cli([command, "--help"]);
    assert.equal([code, stderr], [0, ""]);
    for (const option of [...(optionsOf[command] ?? []), "--json"]) assert.match(stdout, ` ${option}`);
    assert.match(stdout, `$ neuronbook ${command}`);
  });

const wrong: [what: string, args: string[], says: RegExp][] = [
  ["a tolerance that is none", ["verify", "a.zip", "--tolerance", "2"], /--tolerance.*from 0 to below 1/],
  ["an unknown command", ["fnd"], /unknown command 'fnd'.*find/],
  ["an unknown option", ["find", ...pair, "--tip", "3"], /unknown option '--tip'/],
  ["a missing option", ["find", "--model", "x"], /required option '--first <adapters>' not specified/],
  ["a missing argument", ["inspect"], /missing required argument 'model'/],
  ["an argument too many", ["find", ...pair, "more"], /too many arguments/],
  [
    "a number that is none",
    ["generate", "--model", "x", "--prompts", prompts, "--new-tokens", "many"],
    /--new-tokens.*whole number from 1/,
  ],
  ["a choice that does not exist", ["find", ...pair, "--score", "best"], /--score.*change, layer, value-layer/],
  ["positions that do not exist", ["find", ...pair, "--positions", "last"], /--positions.*predicting/],
  ["a share of nothing", ["find", ...pair, "--top", "0"], /--top.*share/],
  ["an empty adapter", ["find", "--model", "x", "--first", "a,,b", "--second", "c", "--prompts", "p"], /--first/],
  ["a folder where a file is written", ["find", ...pair, "--neurons", tempFolder()], /--neurons.*file to write/],
  ["a control that does not exist", ["patch", ...pair, "--neurons", "n.json", "--control", "zero"], /--control.*random/],
  ["more layers left out than there are", ["find", ...pair, "--exclude-last-layers", "2"], /--exclude-last-layers: .*2 layers/],
  ["more neurons than there are", ["find", ...pair, "--top", "65"], /--top: .*64/],
  ["more tokens than the model reads", ["find", ...pair, "--new-tokens", "5000"], /--new-tokens: .*256/],
];

for (const [what, args, says] of wrong)
  test(`${what} is wrong usage: exit code 2, one line that says what`, async () => {
    for (const json of [[], ["--json"]]) {
      const { code, stdout, stderr } = await cli([...args, ...json]);
      assert.equal([code, stdout], [2, ""], stderr);
      assert.match(stderr, says);
      assert.match(stderr, /^neuronbook: [^\n]+\n$/);
    }
  });

test("no command at all shows the help on stderr", async () => {
  const { code, stdout, stderr } = await cli([]);
  assert.equal([code, stdout], [2, ""]);
  assert.match(stderr, "Usage: neuronbook");
});

test.run();
