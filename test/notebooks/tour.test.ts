/** The tour from first cell to last, in both kernels, and `neuronbook start`, which runs it. */
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Notebook, tagsOf } from "../../kernel/notebook/format.js";
import { cli } from "../support/cli.js";
import { root } from "../support/paths.js";
import { shortOrganism } from "../support/short-organism.js";
import { tempFolder } from "../support/temp.js";

const file = path.join(root, "notebooks", "00-tour.ipynb");
const read = (notebook: string): Notebook => JSON.parse(fs.readFileSync(notebook, "utf8"));
let values: string[];
test.before(async () => {
  values = ["--set", `organism=${await shortOrganism()}`, "--set", "prompts=6", "--set", "longest=8"];
});

/** Text of a stream or of a bundle, and what tables and figures hold; times of progress bars left out. */
function shown(notebook: Notebook): unknown[][] {
  return notebook.cells
    .filter(({ cell_type, metadata }) => cell_type === "code" && !(metadata.tags as string[] | undefined)?.includes("injected-parameters"))
    .map(({ outputs }) =>
      outputs!.map(({ data, text }) => {
        const bundle = (data ?? { "text/plain": text }) as Record<string, string[] | object>;
        const html = [bundle["text/html"] ?? bundle["text/plain"]].flat().join("");
        return [html.replace(/\([\d.]+ s\)/, ""), bundle["application/vnd.plotly.v1+json"], "image/png" in bundle];
      }),
    );
}

test("the tour gives the same tables, figures and texts in both kernels", async () => {
  const outputs = [];
  for (const options of [[], ["--tslab"]]) {
    const target = path.join(tempFolder(), "tour.ipynb");
    const { code, stdout, stderr } = await cli(["run", file, ...values, ...options, "--output", target]);
    assert.is(code, 0, `${stdout}\n${stderr}`);
    outputs.push(shown(read(target)));
  }
  assert.equal(outputs[1], outputs[0]);
  const all = JSON.stringify(outputs[0]);
  for (const part of ["8 layers of 512 neurons", "sft with safety neurons of dpo", "<td", "safety neurons"]) assert.match(all, part);
});

test("start runs it through the kernel and leaves a report, whose place and table it prints", async () => {
  const output = path.join(tempFolder(), "report");
  const { code, stdout, stderr } = await cli(["start", ...values, "--output", output]);
  assert.is(code, 0, stderr);
  const [, page] = /^Report: +(.*)$/m.exec(stdout)!;
  assert.equal(fs.readdirSync(output).sort(), ["00-tour.html", "00-tour.ipynb"]);
  const html = fs.readFileSync(page!, "utf8");
  assert.is([...html.matchAll(/<figure class="plotly">/g)].length, 2);
  assert.is([...html.matchAll(/id="plotly"/g)].length, 1);
  assert.match(html, "<title>Safety neurons in five minutes</title>");
  // the table of the figure: a line a share of the 4,096 neurons
  for (const share of ["0.977", "1.98", "4.98", "9.99"]) assert.match(stdout, new RegExp(`^ *${share.slice(0, 3)}`, "m"));
});

test("the notebook is as it is shipped: parameters and summary tagged, every cell with an id", () => {
  const { cells, nbformat, nbformat_minor } = read(file);
  assert.equal([nbformat, nbformat_minor], [4, 5]);
  assert.is(new Set(cells.map(({ id }) => id)).size, cells.length);
  for (const tag of ["parameters", "summary"]) assert.is(cells.filter((cell) => tagsOf(cell).includes(tag)).length, 1);
});

test.run();
