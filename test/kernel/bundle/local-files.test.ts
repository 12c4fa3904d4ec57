import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { localFiles } from "../../../kernel/bundle/local-files.js";
import { tempFolder } from "../../support/temp.js";
import { code, markdown, notebook } from "./notebooks.js";

function folderWith(files: Record<string, string>): string {
  const folder = path.join(tempFolder(), "work");
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}
const found = (folder: string, ...sources: string[]) => {
  const { included, missing } = localFiles(notebook(markdown("`./not-code.ts`"), ...sources.map((source) => code(source))), folder);
  return { included: included.map(({ path, why }) => [path, why]), missing: missing.map(({ name, why }) => [name, why]) };
};

test("modules come with what they import, in any way of importing", () => {
  const folder = folderWith({
    "a.ts": "import { b } from './lib/b.js'; export { c } from './lib/c'; export const a = b;",
    "lib/b.ts": "import facts from '../facts.json' with { type: 'json' }; export const b = facts; await import('./d.mts');",
    "lib/c.ts": "export const c = 1; import '../a.ts';",
    "lib/d.mts": "export {};",
    "facts.json": "{}",
    "unused.ts": "export {};",
  });
  assert.equal(found(folder, "import { a } from './a'", "await import('./lib/c.ts')"), {
    included: [
      ["a.ts", "imported"],
      ["facts.json", "imported"],
      ["lib/b.ts", "imported"],
      ["lib/c.ts", "imported"],
      ["lib/d.mts", "imported"],
    ],
    missing: [],
  });
});

test("files that code names are there with size and digest", () => {
  const folder = folderWith({ "data/prompts.jsonl": "{}\n", "p.txt": "x", plain: "y", "read.ts": "export const file = './p.txt';" });
  const { included } = localFiles(
    notebook(code("open('data/prompts.jsonl'); import { file } from './read'; 'plain'; `not/there.csv`")),
    folder,
  );
  assert.equal(
    included.map(({ path, why, bytes }) => [path, why, bytes]),
    [
      ["data/prompts.jsonl", "named", 3],
      ["p.txt", "named", 1],
      ["read.ts", "imported", 30],
    ],
  );
  assert.is(included[1]!.sha256, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
});

test("what lies elsewhere, folders and packages are missing, and why", () => {
  const folder = folderWith({ "models/config.json": "{}", "../outside.ts": "export {};", "../x.csv": "" });
  fs.symlinkSync(path.join(folder, "..", "x.csv"), path.join(folder, "link.csv"));
  const sources = [
    "import '../outside.ts'; import './gone.ts'; import fs from 'node:fs'; import 'path'; import { table } from 'arquero'; import 'neuronbook'",
    "import 'left-pad-of-mine'; loadModel('./models'); '../x.csv'; 'link.csv'; '.'; '..'; 'https://a.org/x.csv'; '/'",
  ];
  assert.equal(found(folder, ...sources), {
    included: [],
    missing: [
      ["../outside.ts", "outside of the notebook's folder"],
      ["../x.csv", "outside of the notebook's folder"],
      ["./gone.ts", "does not exist"],
      ["./models", "a folder"],
      ["/", "a folder"],
      ["left-pad-of-mine", "a package of the notebook's own"],
      ["link.csv", "outside of the notebook's folder"],
    ],
  });
});

test("code that does not parse is searched as far as it goes", () => {
  const folder = folderWith({ "a.ts": "export {};" });
  assert.equal(found(folder, "import './a.ts'; const x = (").included, [["a.ts", "imported"]]);
});

test.run();
