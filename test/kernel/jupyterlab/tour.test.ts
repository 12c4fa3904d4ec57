/** The tour in JupyterLab, as a newcomer runs it, on fewer prompts. Skipped as browser.test.ts is. */
import fs from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Notebook, sourceOf, tagsOf } from "../../../kernel/notebook/format.js";
import { startChromium } from "../../support/chromium.js";
import { missing, type Server, startJupyterLab } from "../../support/jupyterlab.js";
import { NotebookPage } from "../../support/notebook-page.js";
import { root } from "../../support/paths.js";

const reason = missing();
if (reason !== undefined) console.log(`skipped: ${reason}`);
const maybe = reason === undefined ? test : test.skip;

let server: Server;
let browser: Browser;
let lab: NotebookPage;
let notebook: Notebook;

test.before(async () => {
  if (reason !== undefined) return;
  [server, browser] = await Promise.all([startJupyterLab(), startChromium()]);
  notebook = JSON.parse(fs.readFileSync(path.join(root, "notebooks", "00-tour.ipynb"), "utf8"));
  const parameters = notebook.cells.find((cell) => tagsOf(cell).includes("parameters"))!;
  const source = sourceOf(parameters).replace("prompts = 100", "prompts = 6").replace("longest = 64", "longest = 24");
  assert.match(source, /= 6;[\s\S]*= 24;/);
  Object.assign(parameters, { source });
  fs.writeFileSync(path.join(server.folder, "tour.ipynb"), JSON.stringify(notebook));
  lab = await NotebookPage.open(browser, "about:blank");
});
test.after(async () => {
  await browser?.close();
  await server?.stop();
});

maybe("every cell runs from first to last, and none fails; what comes out is saved", async () => {
  await lab.notebook(server.url, "tour.ipynb");
  await lab.command("notebook:run-all-cells");
  await lab.finished(notebook.cells.findLastIndex(({ cell_type }) => cell_type === "code"));
  await lab.command("docmanager:save");
  const saved: Notebook = JSON.parse(fs.readFileSync(path.join(server.folder, "tour.ipynb"), "utf8"));
  const code = saved.cells.filter(({ cell_type }) => cell_type === "code");
  assert.equal(
    code.map(({ execution_count }) => execution_count),
    code.map((_, i) => i + 1),
  );
  const outputs = code.flatMap(({ outputs }) => outputs ?? []);
  const wrong = outputs.filter(({ output_type, name }) => output_type === "error" || name === "stderr");
  assert.equal(wrong, []);
  assert.match(JSON.stringify(outputs), "8 layers of 512 neurons");
});

maybe("the plugin draws its figures; hovering shows values, the legend hides a series and brings it back", async () => {
  const plots = lab.page.locator(".jp-Notebook .neuronbook-plotly");
  assert.is(await plots.count(), 2);
  const plot = plots.last();
  await plot.scrollIntoViewIfNeeded();
  await plot.locator(".main-svg").first().waitFor();
  await lab.screenshot("tour");
  const point = (await plot.locator(".points path").first().boundingBox())!;
  await lab.page.mouse.move(point.x + 40, point.y + 40);
  await lab.page.mouse.move(point.x + point.width / 2, point.y + point.height / 2, { steps: 5 });
  const label = plot.locator(".hoverlayer .hovertext");
  await label.first().waitFor();
  assert.match((await label.allTextContents()).join(" "), /\d/);
  await lab.screenshot("tour-hover");
  const drawn = () => plot.locator(".points path").count();
  const before = await drawn();
  const entry = plot.locator(".legendtoggle").first();
  await entry.click();
  await until(async () => (await drawn()) < before);
  await lab.screenshot("tour-legend");
  // a second click at once would count as a double one
  await lab.page.waitForTimeout(500);
  await entry.click();
  await until(async () => (await drawn()) === before);
  assert.equal(lab.errors, []);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await lab.page.waitForTimeout(50);
}

test.run();
