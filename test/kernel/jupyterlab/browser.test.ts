/**
 * A real Chromium drives a real JupyterLab with kernel and plugin; screenshots go to test/artefacts. Skipped where NEURONBOOK_PYTHON has no
 * jupyterlab, or there is no Chromium (on the PATH, or named by NEURONBOOK_CHROMIUM).
 */
import type { Browser } from "playwright-core";
import { test as always } from "uvu";
import * as assert from "uvu/assert";
import { seeded } from "../../../src/random.js";
import { lightness, startChromium, styleOf } from "../../support/chromium.js";
import { missing, type Server, startJupyterLab, writeNotebook } from "../../support/jupyterlab.js";
import { NotebookPage, textOf } from "../../support/notebook-page.js";

const reason = missing();
if (reason !== undefined) console.log(`skipped: ${reason}`);
/** A failing test leaves a picture of the page. */
function test(name: string, steps: () => Promise<void>): void {
  if (reason !== undefined) always.skip(name);
  else
    always(name, async () => {
      try {
        await steps();
      } catch (error) {
        await lab.screenshot(`failed-${name.slice(0, 30).replaceAll(/\W+/g, "-")}`);
        throw error;
      }
    });
}

const PLOTLY = "application/vnd.plotly.v1+json";
const NEURONS = "application/vnd.neuronbook.neurons+json";
/** one white pixel */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";

const figure = {
  data: [{ type: "scatter", mode: "lines+markers", x: [0, 1, 2, 3], y: [1, 4, 2, 3], name: "effect", line: { color: "#440154" } }],
  layout: { title: { text: "Causal effect" }, height: 320, paper_bgcolor: "#FFFFFF", plot_bgcolor: "#fff", font: { color: "#222222" } },
};

/** Layers 0 to 11 with 600 neurons each: a few are strong, as change scores are. */
const random = seeded(1);
const map = {
  layers: 12,
  neurons: 600,
  values: Array.from({ length: 12 }, () => Array.from({ length: 600 }, () => Math.round(1000 * random.normal() ** 5) / 1000)),
};
const words = ["I", " am", " sorry", ",", " but", " I", " cannot", " help", " with", " that", ".", "\n", "Ask", " me", " more"];
const view = {
  version: 1,
  title: "Neurons that write refusals",
  model: "organism/sft",
  unit: "activation",
  neurons: [
    { layer: 3, neuron: 117 },
    { layer: 7, neuron: 400 },
  ],
  texts: [
    {
      tokens: words,
      values: [words.map((_, i) => Math.round(100 * Math.cos(i)) / 100), words.map((_, i) => i / 4)],
      labels: words.map((_, i) => `log-probability −0.${i}`),
    },
  ],
  map,
};

let server: Server;
let browser: Browser;
let lab: NotebookPage;

always.before(async () => {
  if (reason !== undefined) return;
  [server, browser] = await Promise.all([startJupyterLab(), startChromium()]);
  lab = await NotebookPage.open(browser, "about:blank");
});

always.after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the plugin loads without a complaint, and a TypeScript cell runs", async () => {
  writeNotebook(server.folder, "cells.ipynb", [
    { code: "const width: number = 6;\nwidth * 7" },
    { code: "" },
    { code: "let turns = 0;\nfor (;;) turns++;" },
    { code: "width > 0" },
  ]);
  await lab.notebook(server.url, "cells.ipynb");
  assert.match(await lab.run(0), /^42$/m);
  assert.equal(lab.errors, []);
  assert.ok(lab.requests.some((url) => url.endsWith("/remote-entry.js")));
  assert.not.ok(lab.requests.some((url) => url.endsWith("/plotly.js")));
});

test("Tab completes from the types of earlier cells", async () => {
  await lab.write(1, "width.toF");
  await lab.page.keyboard.press("Backspace");
  await lab.cell(1).locator(".jp-mod-completer-enabled").waitFor();
  await lab.page.keyboard.press("Tab");
  const list = lab.page.locator(".jp-Completer");
  await list.getByText("toFixed").first().waitFor();
  await lab.screenshot("completion");
  for (const name of ["toExponential", "toPrecision", "toString"]) assert.is(await list.getByText(name, { exact: true }).count(), 1, name);
  await lab.page.keyboard.type("Fi");
  await lab.page.keyboard.press("Enter");
  assert.match(await textOf(lab.cell(1).locator(".cm-content")), /^width\.toFixed/);
});

test("Shift-Tab shows a type and its documentation", async () => {
  await lab.write(1, "width.toFixed");
  await lab.page.keyboard.press("Shift+Tab");
  const tooltip = lab.page.locator(".jp-Tooltip");
  await tooltip.waitFor();
  assert.match(await textOf(tooltip), /toFixed\(fractionDigits\?: number.*\): string/s);
  await lab.screenshot("inspect");
  await lab.page.keyboard.press("Escape");
});

test("an interrupt ends a busy loop, and the next cell runs", async () => {
  await lab.focus(2);
  await lab.page.keyboard.press("ControlOrMeta+Enter");
  await lab.page.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').waitFor();
  await lab.page.locator('jp-button[data-command="notebook:interrupt-kernel"], [data-command="notebook:interrupt-kernel"]').first().click();
  await lab.finished(2);
  assert.match((await lab.output(2).allInnerTexts()).join("\n"), /[Ii]nterrupt/);
  assert.match(await lab.run(3), /^true$/m);
});

test("after a restart the variables are gone", async () => {
  const restart = lab.command("notebook:restart-kernel");
  await lab.page.locator(".jp-Dialog .jp-mod-accept").click();
  await restart;
  await lab.idle();
  await lab.write(3, "'turns' in globalThis || typeof turns !== 'undefined'");
  assert.match(await lab.run(3), /Cannot find name 'turns'|false/);
  assert.match(await lab.run(0), /^42$/m);
});

test("a figure is drawn by plotly.js, loaded once; hovering shows values, and it follows the cell's width", async () => {
  const bundle = JSON.stringify({ [PLOTLY]: figure, "image/png": PNG, "text/plain": "a figure" });
  writeNotebook(server.folder, "figures.ipynb", [{ code: `display(${bundle})` }, { code: `display(${bundle})` }]);
  await lab.notebook(server.url, "figures.ipynb");
  await lab.run(0);
  await lab.run(1);
  const plot = lab.cell(0).locator(".neuronbook-plotly");
  await plot.locator(".main-svg").first().waitFor();
  await lab.output(1).locator(".main-svg").first().waitFor();
  assert.is(lab.requests.filter((url) => url.endsWith("/plotly.js")).length, 1);
  const point = (await plot.locator(".points path").nth(1).boundingBox())!;
  await lab.page.mouse.move(point.x, point.y + 20);
  await lab.page.mouse.move(point.x + 3, point.y + 3, { steps: 5 });
  await plot.locator(".hoverlayer .hovertext").first().waitFor();
  assert.match((await plot.locator(".hoverlayer .hovertext").allTextContents()).join(" "), /4/);
  const offers = await plot
    .locator(".modebar-btn")
    .evaluateAll((buttons) => buttons.map((one) => (one as unknown as { dataset: { title?: string } }).dataset.title ?? ""));
  assert.ok(offers.length > 3);
  assert.equal(
    offers.filter((title) => /share|cloud|upload/i.test(title)),
    [],
  );
  await lab.screenshot("figure-light");
  const widthOf = async () => (await plot.locator(".main-svg").first().boundingBox())!.width;
  const before = await widthOf();
  await lab.page.setViewportSize({ width: 900, height: 1300 });
  await lab.page.waitForFunction(
    ([was]) => {
      const page = globalThis as unknown as { document: { querySelector(selector: string): { clientWidth: number } } };
      return page.document.querySelector(".neuronbook-plotly .main-svg").clientWidth < was! - 200;
    },
    [before],
  );
  await lab.page.setViewportSize({ width: 1200, height: 1300 });
});

test("in the dark theme a figure made for white has a dark ground, light text and lines that can be seen", async () => {
  await lab.theme("JupyterLab Dark");
  const plot = lab.cell(0).locator(".neuronbook-plotly");
  await plot.locator(".gtitle").waitFor();
  const light = async (part: string, property: string) => lightness(await styleOf(plot.locator(part), property));
  assert.ok((await light(".main-svg", "backgroundColor")) < 40);
  assert.ok((await light(".gtitle", "fill")) > 180);
  assert.ok((await light(".js-line", "stroke")) > 90);
  await lab.screenshot("figure-dark");
  await lab.theme("JupyterLab Light");
});

test("an untrusted notebook shows its figure and its neurons", async () => {
  writeNotebook(server.folder, "untrusted.ipynb", [
    { code: "// somebody else's", data: { [PLOTLY]: figure, "image/png": PNG, "text/html": "<script>alert(1)</script>" } },
    { code: "// somebody else's too", data: { [NEURONS]: view, "text/plain": "neurons" } },
    { code: "// and a damaged one", data: { [NEURONS]: { ...view, map: { ...map, layers: 13 } }, "text/plain": "neurons" } },
  ]);
  await lab.notebook(server.url, "untrusted.ipynb");
  await lab.output(0).locator(".main-svg").first().waitFor();
  await lab.output(1).locator("canvas").waitFor();
  assert.is(
    await lab.page.locator('[title*="not trusted"], [title*="Not trusted"], .jp-StatusItem-trust:not(.jp-StatusItem-trusted)').count(),
    1,
  );
  assert.match(await textOf(lab.output(2)), /cannot show these neurons: map\.values: expected one a layer: 13; got 12 rows/);
  await lab.screenshot("untrusted");
});

test("neuron view: tokens are coloured by the neuron that is chosen, and hovering shows values", async () => {
  writeNotebook(server.folder, "neurons.ipynb", [
    { code: `display(${JSON.stringify({ [NEURONS]: view, "text/html": "<b>neurons</b>", "text/plain": "neurons" })})` },
    { code: "" },
  ]);
  await lab.notebook(server.url, "neurons.ipynb");
  await lab.run(0);
  const shown = lab.cell(0).locator(".neuronbook-neurons");
  const token = shown.locator(".neuronbook-token", { hasText: "sorry" });
  const colour = () => token.evaluate((node) => (node as unknown as { style: { backgroundColor: string } }).style.backgroundColor);
  const tooltip = lab.page.locator(".neuronbook-tooltip");
  await token.hover();
  assert.match(await textOf(tooltip), /" sorry", token 2\s+layer 3, neuron 117: −0\.42 activation\s+log-probability −0\.2/);
  await lab.screenshot("neurons-token");
  const before = await colour();
  await shown.locator("select").selectOption("1");
  assert.not.equal(await colour(), before);
  await shown.locator(".neuronbook-token", { hasText: "help" }).hover();
  await token.hover();
  assert.match(await textOf(tooltip), /layer 7, neuron 400: 0\.5 activation/);
});

test("neuron view: the set that a pasted or inserted cell makes equals the selection on the map", async () => {
  const shown = lab.cell(0).locator(".neuronbook-neurons");
  const canvas = shown.locator("canvas");
  const press = (name: string) => shown.getByRole("button", { name, exact: true }).click();
  const selected = async () =>
    (await shown.locator(".neuronbook-list button").allInnerTexts()).map((text) => text.match(/\d+/g)!.slice(0, 2).map(Number));
  const box = (await canvas.boundingBox())!;
  await lab.page.mouse.move(box.x + 300, box.y + 60);
  assert.match(await textOf(lab.page.locator(".neuronbook-tooltip")), /layer \d+, neurons? \d+/);
  // a click selects one, a second one with Shift adds another, a drag with Shift adds a rectangle
  await lab.page.mouse.click(box.x + 300, box.y + 60);
  assert.is((await selected()).length, 1);
  await lab.page.keyboard.down("Shift");
  await lab.page.mouse.click(box.x + 700, box.y + 160);
  assert.is((await selected()).length, 2);
  await lab.page.mouse.move(box.x + 500, box.y + 100);
  await lab.page.mouse.down();
  await lab.page.mouse.move(box.x + 503, box.y + 110);
  await lab.page.mouse.move(box.x + 508, box.y + 130);
  await lab.screenshot("neurons-drag");
  await lab.page.mouse.up();
  await lab.page.keyboard.up("Shift");
  const chosen = await selected();
  assert.ok(chosen.length > 4 && chosen.length < 30, String(chosen.length));
  await lab.screenshot("neurons-selection");
  await press("Copy as code");
  await shown.getByText("Copied").waitFor();
  await lab.focus(1);
  await lab.page.keyboard.press("ControlOrMeta+v");
  assert.match(await lab.run(1), /NeuronSet/);
  await press("Insert cell below");
  await lab.page.waitForFunction(() => {
    const page = globalThis as unknown as { document: { querySelectorAll(selector: string): ArrayLike<unknown> } };
    return page.document.querySelectorAll(".jp-Notebook .jp-Cell").length === 3;
  });
  for (const cell of [1, 2]) {
    await lab.focus(cell);
    await lab.page.keyboard.press("ControlOrMeta+End");
    await lab.page.keyboard.insertText(
      "\nJSON.stringify({ list: [...selected], model: selected.model, layers: selected.layers, neurons: selected.neurons })",
    );
    const text = (await lab.run(cell)).match(/\{.*\}/s)![0].replaceAll(/\s/g, "");
    assert.equal(JSON.parse(text), { list: chosen, model: "organism/sft", layers: 12, neurons: 600 });
  }
});

test("neuron view: keyboard, zoom, and the dark theme", async () => {
  const shown = lab.cell(0).locator(".neuronbook-neurons");
  const canvas = shown.locator("canvas");
  await shown.getByRole("button", { name: "Zoom to selection", exact: true }).click();
  await lab.theme("JupyterLab Dark");
  await lab.screenshot("neurons-dark");
  await shown.getByRole("button", { name: "Clear", exact: true }).click();
  await canvas.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Enter"]) await lab.page.keyboard.press(key);
  assert.is(await shown.locator(".neuronbook-list button").count(), 1);
  await shown.getByText("1 neuron selected").waitFor();
  await lab.page.keyboard.press("Escape");
  assert.is(await shown.locator(".neuronbook-list button").count(), 0);
  await lab.theme("JupyterLab Light");
});

test("nothing of it made the page complain", async () => {
  assert.equal(lab.errors, []);
});

always.run();
